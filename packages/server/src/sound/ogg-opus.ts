import { z } from 'zod'
import { oggChecksum, oggChecksumAt } from './ogg-checksum.ts'
import { OpusPackets, opusRate, readOpusHead } from './opus-packets.ts'
import { type Sound, type SoundReader, UnreadableSound } from './sound-reader.ts'

const state = z.object({
  /** The stream that is read; others in the same file are passed over. */
  serial: z.number().nullable(),
  channels: z.number(),
  preSkip: z.number(),
  /** Packets with headers that are still to come. */
  headers: z.number(),
  /** What to add to a granule position to have the sample of the recording; null until the first page with sound. */
  shift: z.number().nullable(),
  /** The sample of the recording that comes next. */
  next: z.number(),
  /** The beginning of a packet that goes on in the next page, base64. */
  unfinished: z.string(),
})
type State = z.output<typeof state>

const pageFlags = { continued: 1, begins: 2, ends: 4 }

interface Page {
  flags: number
  /** Null when no packet ends on the page. */
  granule: number | null
  serial: number
  packets: Buffer[]
  /** Whether the last packet goes on in the next page. */
  lastIsUnfinished: boolean
  length: number
}

/** Opus in Ogg (RFC 3533, RFC 7845). Where pages are missing, what follows keeps its place in time. */
export class OggOpusReader implements SoundReader {
  static readonly state = state
  #bytes: number
  readonly #state: State
  #rest = Buffer.alloc(0)
  #packets: OpusPackets | null = null

  constructor(bytes: number, known: State | null) {
    this.#bytes = bytes
    this.#state = known ?? {
      serial: null,
      channels: 0,
      preSkip: 0,
      headers: 2,
      shift: null,
      next: 0,
      unfinished: '',
    }
  }

  place() {
    return { bytes: this.#bytes, state: { ...this.#state } }
  }

  read(bytes: Buffer): Sound[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const sounds: Sound[] = []
    for (let page = this.#nextPage(); page !== null; page = this.#nextPage()) {
      const sound = this.#readPage(page)
      this.#skip(page.length)
      if (sound !== null) sounds.push(sound)
    }
    return sounds
  }

  #skip(count: number): void {
    this.#bytes += count
    this.#rest = this.#rest.subarray(count)
  }

  /** The next whole page, after skipping what is none, or damaged. */
  #nextPage(): Page | null {
    for (;;) {
      const found = this.#rest.indexOf('OggS')
      this.#skip(found < 0 ? Math.max(0, this.#rest.length - 3) : found)
      const page = readPage(this.#rest)
      if (page === null || isUndamaged(this.#rest.subarray(0, page.length))) return page
      // What it says of its own length may be wrong.
      this.#skip(1)
    }
  }

  #readPage(page: Page): Sound | null {
    const begins = (page.flags & pageFlags.begins) !== 0
    if (begins && (this.#state.serial === null || this.#state.headers === 0)) this.#beginStream(page)
    if (page.serial !== this.#state.serial) return null
    const decoded: Float32Array[][] = []
    let lost = 0
    for (const [index, packet] of page.packets.entries()) {
      const isWhole = index < page.packets.length - 1 || !page.lastIsUnfinished
      const continues = index === 0 && (page.flags & pageFlags.continued) !== 0
      const before = continues ? Buffer.from(this.#state.unfinished, 'base64') : Buffer.alloc(0)
      // A packet whose beginning was lost cannot be decoded.
      const isLost = continues && before.length === 0
      this.#state.unfinished = ''
      if (!isWhole) this.#state.unfinished = isLost ? '' : Buffer.concat([before, packet]).toString('base64')
      else if (this.#state.headers > 0) this.#state.headers--
      else if (isLost) lost++
      else decoded.push(this.#decode(Buffer.concat([before, packet])))
    }
    return decoded.length === 0 && lost === 0 ? null : this.#place(page, decoded)
  }

  #beginStream(page: Page): void {
    const [head] = page.packets
    if (head?.toString('latin1', 0, 8) !== 'OpusHead' && this.#state.serial !== null) return
    Object.assign(this.#state, readOpusHead(head ?? Buffer.alloc(0)), {
      serial: page.serial,
      headers: 2,
      shift: null,
      unfinished: '',
    })
    this.#packets = null
  }

  #decode(packet: Buffer): Float32Array[] {
    this.#packets ??= new OpusPackets(this.#state.channels)
    return this.#packets.decode(packet)
  }

  /** Puts the sound of a page at its place in time, which its granule position tells. */
  #place(page: Page, decoded: Float32Array[][]): Sound | null {
    const length = decoded.reduce((sum, [first]) => sum + (first?.length ?? 0), 0)
    const isLast = (page.flags & pageFlags.ends) !== 0
    let at = this.#state.next
    let kept = length
    if (this.#state.shift === null) {
      // A stream begins with its pre-skip; one that is captured half-way begins when it begins.
      const first = page.granule === null || isLast ? 0 : Math.max(0, page.granule - length)
      this.#state.shift = at - this.#state.preSkip - first
      at -= this.#state.preSkip
    }
    if (page.granule !== null) {
      const end = page.granule + this.#state.shift
      if (isLast && end < at + length) kept = Math.max(0, end - at)
      else if (end > at + length) at = end - length
    }
    this.#state.next = at + kept
    const cut = Math.max(0, -at)
    if (kept <= cut) return null
    const channels = Array.from({ length: this.#state.channels }, (_, channel) =>
      joined(decoded, channel, length).subarray(cut, kept),
    )
    return { at: at + cut, rate: opusRate, channels }
  }
}

/** The page at the beginning of the bytes; null when more are needed. */
function readPage(head: Buffer): Page | null {
  if (head.length < 27) return null
  const segments = head.readUInt8(26)
  if (head.length < 27 + segments) return null
  const packets: Buffer[] = []
  let start = 27 + segments
  let end = start
  let lastIsUnfinished = false
  for (let index = 0; index < segments; index++) {
    const size = head.readUInt8(27 + index)
    end += size
    lastIsUnfinished = size === 255
    if (size < 255 || index === segments - 1) {
      packets.push(head.subarray(start, end))
      start = end
    }
  }
  if (head.length < end) return null
  const granule = head.readBigInt64LE(6)
  return {
    flags: head.readUInt8(5),
    granule: granule < 0n ? null : Number(granule),
    serial: head.readUInt32LE(14),
    packets,
    lastIsUnfinished,
    length: end,
  }
}

/** Whether a page has the checksum that it says. */
function isUndamaged(page: Buffer): boolean {
  return oggChecksum(page) === page.readUInt32LE(oggChecksumAt)
}

function joined(decoded: Float32Array[][], channel: number, length: number): Float32Array {
  const samples = new Float32Array(length)
  let at = 0
  for (const packet of decoded) {
    const own = packet[channel]
    if (own === undefined) throw new UnreadableSound('The Opus packets have different numbers of channels.')
    samples.set(own, at)
    at += own.length
  }
  return samples
}
