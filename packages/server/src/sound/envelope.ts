import { z } from 'zod'
import { type Sound, UnreadableSound } from './sound-reader.ts'

/** Milliseconds of sound in one bucket of a stored envelope. */
export const bucketMs = 10
const bucketsPerSecond = 1000 / bucketMs
/** Lowest, highest, root mean square. */
export const bytesPerBucket = 3
/** A recording is a conversation, not a year of a radio station. */
const mostBuckets = 24 * 3600 * bucketsPerSecond
/** More silence than this at once is a damaged time stamp. */
const mostSilentBuckets = 3600 * bucketsPerSecond

const state = z.object({
  /** The bucket that is being filled. */
  bucket: z.number(),
  count: z.number(),
  lowest: z.array(z.number()),
  highest: z.array(z.number()),
  squares: z.array(z.number()),
  /** The second of the recording at which the last sound ended. */
  endSeconds: z.number(),
})
type State = z.output<typeof state>

/**
 * Makes the envelope of sound: of every 10 ms and channel the lowest and the highest sample (signed, 127 is full scale) and the
 * root mean square (unsigned, 255 is full scale). With one channel wanted, all that the sound has are mixed into it.
 */
export class Envelope {
  static readonly state = state
  readonly #channels: number
  readonly #state: State
  #done = Buffer.alloc(4096)
  #doneBytes = 0

  constructor(channels: number, known: State | null) {
    this.#channels = channels
    this.#state = known ?? { bucket: 0, endSeconds: 0, ...emptyBucket(channels) }
  }

  state(): State {
    return structuredClone(this.#state)
  }

  get durationMs(): number {
    return this.#state.endSeconds * 1000
  }

  /** @throws UnreadableSound when the sound has another number of channels, or lies days ahead */
  add({ at, rate, channels }: Sound): void {
    const sources = this.#sources(channels)
    const length = channels[0]?.length ?? 0
    const end = at + length
    // Multiplied before it is divided: a rounded number of samples in a bucket may put a sample before its bucket.
    const bucketOf = (sample: number) => Math.floor((sample * bucketsPerSecond) / rate)
    const firstOf = (bucket: number) => Math.ceil((bucket * rate) / bucketsPerSecond)
    if (bucketOf(end) >= mostBuckets || bucketOf(at) > this.#state.bucket + mostSilentBuckets) {
      throw new UnreadableSound(
        'The recording is longer than 24 hours, or its time stamps jump by over an hour.',
      )
    }
    let index = Math.max(0, firstOf(this.#state.bucket) - at)
    while (index < length) {
      const bucket = bucketOf(at + index)
      if (this.#state.bucket < bucket) this.#finishBucket()
      this.#passOver(bucket)
      const until = Math.min(length, firstOf(bucket + 1) - at)
      this.#fill(sources, index, until)
      index = until
    }
    if (bucketOf(end) > this.#state.bucket) this.#finishBucket()
    this.#state.endSeconds = Math.max(this.#state.endSeconds, end / rate)
  }

  /** The buckets that have been filled since the last time, and how many. */
  take(): { data: Buffer; buckets: number } {
    const data = Buffer.from(this.#done.subarray(0, this.#doneBytes))
    this.#doneBytes = 0
    return { data, buckets: data.length / (bytesPerBucket * this.#channels) }
  }

  #sources(channels: Float32Array[]): Float32Array[] {
    if (channels.length === this.#channels) return channels
    if (this.#channels === 1) return [mixed(channels)]
    throw new UnreadableSound(
      `The sound has ${channels.length === 1 ? 'one channel' : `${channels.length} channels`}, but ${this.#channels} were named. Correct them with PATCH {"channels": […]}.`,
    )
  }

  #fill(sources: Float32Array[], from: number, until: number): void {
    const { lowest, highest, squares } = this.#state
    for (const [channel, samples] of sources.entries()) {
      let low = lowest[channel] ?? 0
      let high = highest[channel] ?? 0
      let sum = squares[channel] ?? 0
      for (let index = from; index < until; index++) {
        const sample = samples[index] ?? 0
        if (sample < low) low = sample
        if (sample > high) high = sample
        sum += sample * sample
      }
      lowest[channel] = low
      highest[channel] = high
      squares[channel] = sum
    }
    this.#state.count += until - from
  }

  #finishBucket(): void {
    const { lowest, highest, squares, count } = this.#state
    const done = this.#room(bytesPerBucket * this.#channels)
    for (let channel = 0; channel < this.#channels; channel++) {
      const at = channel * bytesPerBucket
      const rms = count === 0 ? 0 : Math.sqrt((squares[channel] ?? 0) / count)
      done.writeInt8(Math.round(Math.max(-1, lowest[channel] ?? 0) * 127), at)
      done.writeInt8(Math.round(Math.min(1, highest[channel] ?? 0) * 127), at + 1)
      done.writeUInt8(Math.round(Math.min(1, rms) * 255), at + 2)
    }
    this.#state.bucket++
    Object.assign(this.#state, emptyBucket(this.#channels))
  }

  /** Silence up to a bucket. */
  #passOver(bucket: number): void {
    const silent = bucket - this.#state.bucket
    if (silent <= 0) return
    this.#room(silent * bytesPerBucket * this.#channels).fill(0)
    this.#state.bucket = bucket
  }

  /** The next so many bytes of what is done. */
  #room(bytes: number): Buffer {
    const needed = this.#doneBytes + bytes
    if (needed > this.#done.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#done.length))
      this.#done.copy(larger)
      this.#done = larger
    }
    this.#doneBytes = needed
    return this.#done.subarray(needed - bytes, needed)
  }
}

function emptyBucket(channels: number) {
  const zeros = () => Array.from({ length: channels }, () => 0)
  return { count: 0, lowest: zeros(), highest: zeros(), squares: zeros() }
}

function mixed(channels: Float32Array[]): Float32Array {
  const [first = new Float32Array()] = channels
  return first.map(
    (_, index) => channels.reduce((sum, samples) => sum + (samples[index] ?? 0), 0) / channels.length,
  )
}

/** Joins `factor` buckets into one, of an envelope as it is stored. The last may have fewer. */
export function coarser(data: Buffer, channels: number, factor: number): Buffer {
  const stride = bytesPerBucket * channels
  const buckets = data.length / stride
  const joined = Buffer.alloc(Math.ceil(buckets / factor) * stride)
  for (let channel = 0; channel < channels; channel++) {
    for (let from = 0, to = 0; from < buckets; from += factor, to++) {
      let low = 0
      let high = 0
      let squares = 0
      const until = Math.min(buckets, from + factor)
      for (let bucket = from; bucket < until; bucket++) {
        const at = bucket * stride + channel * bytesPerBucket
        low = Math.min(low, data.readInt8(at))
        high = Math.max(high, data.readInt8(at + 1))
        squares += data.readUInt8(at + 2) ** 2
      }
      const at = to * stride + channel * bytesPerBucket
      joined.writeInt8(low, at)
      joined.writeInt8(high, at + 1)
      joined.writeUInt8(Math.round(Math.sqrt(squares / (until - from))), at + 2)
    }
  }
  return joined
}
