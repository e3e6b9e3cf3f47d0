import type { RecordingCue } from '@voxtrace/store'
import { z } from 'zod'
import { OpusPackets, opusRate, packetSamples, readOpusHead } from './opus-packets.ts'
import { type Sound, type SoundReader, UnreadableSound } from './sound-reader.ts'
import {
  type ElementHead,
  elementsOf,
  idBytes,
  ids,
  numberOf,
  readElementHead,
  readVariable,
  tracksOf,
} from './webm-elements.ts'

/** What else may stand among clusters and in them; anything else there is damage. */
const passedOver = new Set([
  // Void, checksum, chapters, tags, attachments.
  ...[0xec, 0xbf, 0x1043a770, 0x1254c367, 0x1941a469],
  // Of clusters: silent tracks, position, size of the cluster before, encrypted block.
  ...[0x5854, 0xa7, 0xab, 0xaf],
  // Of groups of blocks: additions, duration, references, codec state, discarded padding, slices.
  ...[0x75a1, 0x9b, 0xfa, 0xfb, 0xfd, 0xa4, 0x75a2, 0x8e, 0xc8],
])
const clusterId = idBytes(ids.cluster)
const cuesId = idBytes(ids.cues)
const entered = new Set([ids.segment, ids.cluster, ids.blockGroup])
const wanted = new Set([ids.seekHead, ids.info, ids.tracks, ids.timestamp, ids.block, ids.simpleBlock])
const blocks = new Set([ids.block, ids.simpleBlock])
const known = new Set<number>([...Object.values(ids), ...passedOver])
const largestElementBytes = 1024 * 1024
/** Of blocks of pictures beside the sound, and of indexes. More than this among clusters is damage. */
const mostPassedOverBytes = 64 * 1024 * 1024
/** Opus has 120 ms at most in a packet, which is far less. */
const largestPacketBytes = 16 * 1024
/** Time stamps are rounded to milliseconds; less than this is no gap. */
const smallestGapSamples = 0.06 * opusRate
/** Cues are so far apart at least: what lies between them is read on the way to a moment. */
const cueEveryNs = 5e9
/** Of a file with more than this before its first cluster, such as pictures, no cues are given. */
const largestHeadBytes = 1024 * 1024

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
  /** Whether its cues are worth having: it has no index of its own. */
  needsCues: z.boolean().default(true),
  /** Where the cluster began whose time is still to come. */
  clusterByte: z.number().nullable().default(null),
  /** The time of the last cue, in units. */
  cueTime: z.number().nullable().default(null),
})
type State = z.output<typeof state>

/** Opus in WebM, as browsers record it. What is damaged is passed over up to the next cluster, as players do. */
export class WebmOpusReader implements SoundReader {
  static readonly state = state
  #bytes: number
  readonly #state: State
  #rest = Buffer.alloc(0)
  #packets: OpusPackets | null = null
  #cues: RecordingCue[] = []

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
      needsCues: true,
      clusterByte: null,
      cueTime: null,
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

  takeCues(): RecordingCue[] {
    return this.#cues.splice(0)
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
      if (id === ids.cluster) {
        this.#state.inClusters = true
        this.#state.clusterByte = this.#bytes
      }
      this.#use(headBytes)
      return true
    }
    if (id === ids.cues) this.#state.needsCues = false
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
    } else if (id === ids.seekHead) this.#state.needsCues &&= !content.includes(cuesId)
    else if (id === ids.tracks) this.#takeTracks(content)
    else if (id === ids.timestamp) {
      this.#state.cluster = numberOf(content)
      this.#takeCue()
    } else {
      const sound = this.#takeBlock(content)
      if (sound !== null) sounds.push(sound)
    }
  }

  #takeTracks(content: Buffer): void {
    const tracks = tracksOf(content)
    const opus = tracks.find(({ codec }) => codec === 'A_OPUS')
    if (opus === undefined) {
      const codecs = tracks.map(({ codec }) => codec).join(', ')
      throw new UnreadableSound(`The WebM file carries ${codecs || 'nothing'}; Opus is read.`)
    }
    Object.assign(this.#state, readOpusHead(opus.codecPrivate), { track: opus.number })
  }

  /** Keeps the cluster that has begun as a cue, where it is far enough from the last. */
  #takeCue(): void {
    const { needsCues, track, clusterByte, cluster, cueTime, scale } = this.#state
    this.#state.clusterByte = null
    if (!needsCues || track === null || clusterByte === null) return
    if (cueTime === null && clusterByte > largestHeadBytes) this.#state.needsCues = false
    else if (cueTime === null || (cluster - cueTime) * scale >= cueEveryNs) {
      this.#cues.push({ byte: clusterByte, time: cluster })
      this.#state.cueTime = cluster
    }
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
