import { z } from 'zod'
import { Mp3Decoder } from './mp3-decoder.ts'
import { type FrameHead, frameHeadBytes, isSameStream, readFrameHead, readInfoFrame } from './mp3-frame.ts'
import { type Sound, type SoundReader, UnreadableSound } from './sound-reader.ts'

/** A file that has so many bytes without a frame is none of MP3. */
const mostStrangeBytes = 256 * 1024
/** A frame may draw on so many bytes of sound in frames before it. */
const reservoirBytes = 511

const state = z.object({
  /** The head of the first frame with sound, which the others are like; null before it. */
  stream: z
    .object({
      size: z.number(),
      samples: z.number(),
      rate: z.number(),
      channels: z.number(),
      sideBytes: z.number(),
    })
    .nullable(),
  /** Bytes of a tag that are still to be passed over. */
  skip: z.number(),
  /** Bytes passed over before the first frame. */
  strange: z.number(),
  /** Whether a frame ended here, so that another is expected. */
  inFrames: z.boolean(),
  /** The sample of the recording that comes next; negative where it is not to be heard. */
  next: z.number(),
  /** Samples of the recording that are not to be heard, at the end of what its encoder was given. */
  padding: z.object({ from: z.number(), to: z.number() }).nullable().default(null),
  /** The last frames, as far as the next may draw on them, base64. */
  before: z.array(z.string()),
})
type State = z.output<typeof state>

/**
 * MP3 (MPEG layer III, of constant and variable rate). Tags are passed over. What is damaged is passed over as players pass it
 * over, so that what follows is drawn where it is heard.
 */
export class Mp3Reader implements SoundReader {
  static readonly state = state
  #bytes: number
  readonly #state: State
  #rest = Buffer.alloc(0)
  #decoder: Mp3Decoder | null = null
  /** The last frames, as far as the next may draw on them. */
  #before: Buffer[]

  constructor(bytes: number, known: State | null) {
    this.#bytes = bytes
    this.#state = known ?? {
      stream: null,
      skip: 0,
      strange: 0,
      inFrames: false,
      next: 0,
      padding: null,
      before: [],
    }
    this.#before = this.#state.before.map((frame) => Buffer.from(frame, 'base64'))
  }

  place() {
    const before = this.#before.map((frame) => frame.toString('base64'))
    return { bytes: this.#bytes, state: { ...this.#state, before } }
  }

  read(bytes: Buffer): Sound[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const sounds: Sound[] = []
    while (this.#passTag()) {
      const head = this.#nextFrame()
      if (head === null) break
      const sound = this.#readFrame(head, this.#rest.subarray(0, head.size))
      this.#use(head.size)
      if (sound !== null) sounds.push(sound)
    }
    return sounds
  }

  #use(count: number): void {
    this.#bytes += count
    this.#rest = this.#rest.subarray(count)
  }

  /** Passes over a tag (ID3v2, section 3.1) that begins here; false when more bytes are needed. */
  #passTag(): boolean {
    if (this.#state.skip === 0 && this.#rest.toString('latin1', 0, 3) === 'ID3') {
      if (this.#rest.length < 10) return false
      const flags = this.#rest.readUInt8(5)
      const size = this.#rest.subarray(6, 10).reduce((sum, byte) => (sum << 7) | (byte & 127), 0)
      this.#state.skip = 10 + size + (flags & 0x10 ? 10 : 0)
    }
    const passed = Math.min(this.#state.skip, this.#rest.length)
    this.#use(passed)
    this.#state.skip -= passed
    return this.#state.skip === 0
  }

  /** The head of the next whole frame, after passing over what is none; null when more bytes are needed. */
  #nextFrame(): FrameHead | null {
    for (;;) {
      const sync = this.#rest.indexOf(0xff)
      this.#passOver(sync < 0 ? this.#rest.length : sync)
      if (this.#rest.length < frameHeadBytes) return null
      const head = this.#headAt(0)
      if (head !== null) {
        if (this.#rest.length < head.size) return null
        if (this.#state.inFrames) return head
        // Bytes that only look like a head are told from one by what follows.
        if (this.#rest.length < head.size + frameHeadBytes) return null
        if (this.#headAt(head.size) !== null) return head
      }
      this.#passOver(1)
    }
  }

  #headAt(at: number): FrameHead | null {
    const head = readFrameHead(this.#rest.subarray(at, at + frameHeadBytes))
    if (head === null || (this.#state.stream !== null && !isSameStream(head, this.#state.stream))) return null
    return head
  }

  #passOver(count: number): void {
    if (count === 0) return
    this.#use(count)
    this.#state.inFrames = false
    if (this.#state.stream !== null) return
    this.#state.strange += count
    if (this.#state.strange > mostStrangeBytes) {
      throw new UnreadableSound(
        'The file has no MP3 sound: it may be MPEG of layer I or II, or of free format.',
      )
    }
  }

  #readFrame(head: FrameHead, frame: Buffer): Sound | null {
    const isFirst = this.#state.stream === null
    this.#state.stream ??= head
    this.#state.inFrames = true
    const info = isFirst ? readInfoFrame(frame, head) : null
    if (info !== null) {
      this.#state.next = -info.leadIn
      this.#state.padding = info.padding
      return null
    }
    const channels = this.#decode(head, frame)
    const at = this.#state.next
    this.#state.next += head.samples
    const { from, to } = this.#state.padding ?? { from: 0, to: at }
    const cut = Math.max(0, -at)
    const end = at < to ? Math.min(head.samples, from - at) : head.samples
    if (cut >= end) return null
    return { at: at + cut, rate: head.rate, channels: channels.map((samples) => samples.subarray(cut, end)) }
  }

  #decode(head: FrameHead, frame: Buffer): Float32Array[] {
    if (this.#decoder === null) {
      this.#decoder = new Mp3Decoder()
      for (const earlier of this.#before) this.#decoder.decode(earlier, head.channels)
    }
    this.#remember(head, frame)
    const silence = () => Array.from({ length: head.channels }, () => new Float32Array(head.samples))
    return this.#decoder.decode(frame, head.channels) ?? silence()
  }

  /** Keeps what a new decoder needs to go on: the last frame, and the frames that it draws on. */
  #remember({ sideBytes }: FrameHead, frame: Buffer): void {
    this.#before.push(Buffer.from(frame))
    let first = this.#before.length - 1
    for (let drawn = 0; drawn < reservoirBytes && first > 0; first--) {
      drawn += (this.#before[first - 1]?.length ?? 0) - frameHeadBytes - sideBytes
    }
    this.#before.splice(0, first)
  }
}
