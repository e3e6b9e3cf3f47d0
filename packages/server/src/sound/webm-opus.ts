import { z } from 'zod'
import { OpusPackets, opusRate, packetSamples, readOpusHead } from './opus-packets.ts'
import { type Sound, type SoundReader, UnreadableSound } from './sound-reader.ts'

/** Elements of WebM that matter here (RFC 8794, RFC 9559). */
const ids = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  blockGroup: 0xa0,
  block: 0xa1,
  simpleBlock: 0xa3,
}
/** What else may stand among clusters and in them; anything else there is damage. */
const passedOver = new Set([
  // Void, checksum, seek head, cues, chapters, tags, attachments.
  ...[0xec, 0xbf, 0x114d9b74, 0x1c53bb6b, 0x1043a770, 0x1254c367, 0x1941a469],
  // Of clusters: silent tracks, position, size of the cluster before, encrypted block.
  ...[0x5854, 0xa7, 0xab, 0xaf],
  // Of groups of blocks: additions, duration, references, codec state, discarded padding, slices.
  ...[0x75a1, 0x9b, 0xfa, 0xfb, 0xfd, 0xa4, 0x75a2, 0x8e, 0xc8],
])
const clusterId = Buffer.from([0x1f, 0x43, 0xb6, 0x75])
const entered = new Set([ids.segment, ids.cluster, ids.blockGroup])
const wanted = new Set([ids.info, ids.tracks, ids.timestamp, ids.block, ids.simpleBlock])
const blocks = new Set([ids.block, ids.simpleBlock])
const known = new Set([...Object.values(ids), ...passedOver])
const largestElementBytes = 1024 * 1024
/** Of blocks of pictures beside the sound, and of indexes. More than this among clusters is damage. */
const mostPassedOverBytes = 64 * 1024 * 1024
/** Opus has 120 ms at most in a packet, which is far less. */
const largestPacketBytes = 16 * 1024
/** Time stamps are rounded to milliseconds; less than this is no gap. */
const smallestGapSamples = 0.06 * opusRate

const state = z.object({
  track: z.number().nullable(),
  channels: z.number(),
  preSkip: z.number(),
  /** Nanoseconds that one unit of time stands for. */
  scale: z.number(),
  /** The time of the cluster, in units. */
  cluster: z.number(),
  /** The sample at which the first block begins, as its time stamp says; null before it. */
  first: z.number().nullable(),
  /** The sample of the recording that comes next. */
  next: z.number(),
  /** Bytes of an element that are still to be passed over. */
  skip: z.number(),
  /** Whether a cluster has begun, after which nothing but what is known follows. */
  inClusters: z.boolean().default(false),
  /** Whether what comes next is damaged, up to the next cluster. */
  isLost: z.boolean().default(false),
})
type State = z.output<typeof state>

/** Opus in WebM, as browsers record it. What is damaged is passed over up to the next cluster, as players do. */
export class WebmOpusReader implements SoundReader {
  static readonly state = state
  #bytes: number
  readonly #state: State
  #rest = Buffer.alloc(0)
  #packets: OpusPackets | null = null

  constructor(bytes: number, known: State | null) {
    this.#bytes = bytes
    this.#state = known ?? {
      track: null,
      channels: 0,
      preSkip: 0,
      scale: 1_000_000,
      cluster: 0,
      first: null,
      next: 0,
      skip: 0,
      inClusters: false,
      isLost: false,
    }
  }

  place() {
    return { bytes: this.#bytes, state: { ...this.#state } }
  }

  read(bytes: Buffer): Sound[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const sounds: Sound[] = []
    while (this.#step(sounds)) {}
    return sounds
  }

  #use(count: number): void {
    this.#bytes += count
    this.#rest = this.#rest.subarray(count)
  }

  /** Takes the next element; false when more bytes are needed. */
  #step(sounds: Sound[]): boolean {
    if (this.#state.skip > 0) {
      const skipped = Math.min(this.#state.skip, this.#rest.length)
      this.#use(skipped)
      this.#state.skip -= skipped
      if (this.#state.skip > 0) return false
    }
    if (this.#state.isLost && !this.#findCluster()) return false
    const element = readElementHead(this.#rest)
    if (element === 'incomplete') return false
    if (element === 'damaged' || this.#isDamage(element)) return this.#lose()
    const { id, headBytes, size } = element
    if (entered.has(id)) {
      this.#state.inClusters ||= id === ids.cluster
      this.#use(headBytes)
      return true
    }
    if (size === null) return this.#lose()
    if (!wanted.has(id) || size > largestElementBytes) {
      this.#use(headBytes)
      this.#state.skip = size
      return true
    }
    if (this.#rest.length < headBytes + size) return false
    this.#take(id, this.#rest.subarray(headBytes, headBytes + size), sounds)
    this.#use(headBytes + size)
    return true
  }

  /** Whether an element cannot be one: after the first cluster no other than the known ones come, nor of any size. */
  #isDamage({ id, headBytes, size }: ElementHead): boolean {
    if (!this.#state.inClusters) return false
    if (!known.has(id) || (size ?? 0) > mostPassedOverBytes) return true
    if (!blocks.has(id) || (size ?? 0) <= largestPacketBytes) return false
    return readVariable(this.#rest, headBytes)?.value === this.#state.track
  }

  /** Gives up what comes next, up to the next cluster. */
  #lose(): true {
    if (!this.#state.inClusters) throw new UnreadableSound('The WebM file is damaged.')
    this.#use(1)
    this.#state.isLost = true
    return true
  }

  /** Passes over what is before the next cluster; false when more bytes are needed. */
  #findCluster(): boolean {
    const found = this.#rest.indexOf(clusterId)
    this.#use(found < 0 ? Math.max(0, this.#rest.length - clusterId.length + 1) : found)
    this.#state.isLost = found < 0
    return found >= 0
  }

  #take(id: number, content: Buffer, sounds: Sound[]): void {
    if (id === ids.info) {
      for (const inner of elementsOf(content)) {
        if (inner.id === ids.timestampScale) this.#state.scale = numberOf(inner.content)
      }
    } else if (id === ids.tracks) this.#takeTracks(content)
    else if (id === ids.timestamp) this.#state.cluster = numberOf(content)
    else {
      const sound = this.#takeBlock(content)
      if (sound !== null) sounds.push(sound)
    }
  }

  #takeTracks(content: Buffer): void {
    const codecs: string[] = []
    for (const entry of elementsOf(content)) {
      if (entry.id !== ids.trackEntry) continue
      const fields = new Map(elementsOf(entry.content).map(({ id, content }) => [id, content]))
      const codec = fields.get(ids.codecId)?.toString('latin1') ?? ''
      codecs.push(codec)
      if (codec !== 'A_OPUS') continue
      const track = numberOf(fields.get(ids.trackNumber) ?? Buffer.alloc(0))
      Object.assign(this.#state, readOpusHead(fields.get(ids.codecPrivate) ?? Buffer.alloc(0)), { track })
      return
    }
    throw new UnreadableSound(`The WebM file carries ${codecs.join(', ') || 'nothing'}; Opus is read.`)
  }

  #takeBlock(content: Buffer): Sound | null {
    const track = readVariable(content, 0)
    if (track === null || track.value !== this.#state.track || content.length < track.length + 3) return null
    const units = this.#state.cluster + content.readInt16BE(track.length)
    if ((content.readUInt8(track.length + 2) & 0x06) !== 0) {
      throw new UnreadableSound('The WebM file puts several packets into one block, which is not read.')
    }
    const stamped = (units * this.#state.scale * opusRate) / 1e9
    this.#state.first ??= stamped
    this.#packets ??= new OpusPackets(this.#state.channels)
    const packet = content.subarray(track.length + 3)
    const channels = this.#packets.decode(packet)
    const length = channels[0]?.length ?? packetSamples(packet)
    const expected = Math.round(stamped - this.#state.first) - this.#state.preSkip
    if (this.#state.next === 0 && stamped === this.#state.first) this.#state.next = -this.#state.preSkip
    const at = expected > this.#state.next + smallestGapSamples ? expected : this.#state.next
    this.#state.next = at + length
    const cut = Math.max(0, -at)
    if (length <= cut) return null
    return { at: at + cut, rate: opusRate, channels: channels.map((samples) => samples.subarray(cut)) }
  }
}

/** A number of variable length, and how long it is; null when bytes are missing, or its length is none. */
function readVariable(bytes: Buffer, at: number): { value: number; length: number; unknown: boolean } | null {
  const first = bytes[at]
  if (first === undefined) return null
  const length = Math.clz32(first) - 23
  if (length > 8 || bytes.length < at + length) return null
  let value = first & (0xff >> length)
  let unknown = value === 0xff >> length
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index] ?? 0
    value = value * 256 + byte
    unknown &&= byte === 0xff
  }
  return { value, length, unknown }
}

interface ElementHead {
  id: number
  headBytes: number
  /** Null when it is unknown. */
  size: number | null
}

function readElementHead(bytes: Buffer): ElementHead | 'incomplete' | 'damaged' {
  const first = bytes[0]
  if (first === undefined) return 'incomplete'
  const idLength = Math.clz32(first) - 23
  if (idLength > 4 || bytes[idLength] === 0) return 'damaged'
  const size = readVariable(bytes, idLength)
  if (size === null) return 'incomplete'
  return {
    id: bytes.readUIntBE(0, idLength),
    headBytes: idLength + size.length,
    size: size.unknown ? null : size.value,
  }
}

function elementsOf(bytes: Buffer): { id: number; content: Buffer }[] {
  const elements: { id: number; content: Buffer }[] = []
  for (let at = 0; at < bytes.length; ) {
    const head = readElementHead(bytes.subarray(at))
    if (head === 'incomplete' || head === 'damaged' || head.size === null) break
    const from = at + head.headBytes
    elements.push({ id: head.id, content: bytes.subarray(from, from + head.size) })
    at = from + head.size
  }
  return elements
}

function numberOf(bytes: Buffer): number {
  return bytes.length === 0 || bytes.length > 6 ? 0 : bytes.readUIntBE(0, bytes.length)
}
