import type { PcmFrame, Speaker } from './call.ts'
import { FRAME_MS } from './pacing.ts'
import { Resampler } from './resample.ts'

export const SPEAKER_RATE = 48_000
const FRAME_SAMPLES = (SPEAKER_RATE * FRAME_MS) / 1000
const FADE_SAMPLES = SPEAKER_RATE / 200
const MS_PER_SAMPLE = 1000 / SPEAKER_RATE

/** A speaker whose sound is taken away in frames of 10 ms by the clock of the call. */
export class QueuedSpeaker implements Speaker {
  #queue: Int16Array[] = []
  #queuedSamples = 0
  #playedSamples = 0
  #fade: Int16Array | undefined
  #resampler = new Resampler(SPEAKER_RATE, SPEAKER_RATE)
  #sourceRate = SPEAKER_RATE
  #drained: PromiseWithResolvers<void> | undefined
  #closed = false

  get queuedMs(): number {
    return this.#queuedSamples * MS_PER_SAMPLE
  }

  get playedMs(): number {
    return this.#playedSamples * MS_PER_SAMPLE
  }

  /** Whether the next frame has no sound in it. */
  get silent(): boolean {
    return this.#queuedSamples === 0 && this.#fade === undefined
  }

  play(frame: PcmFrame): void {
    if (this.#closed) return
    if (frame.sampleRate !== this.#sourceRate) {
      this.#resampler = new Resampler(frame.sampleRate, SPEAKER_RATE)
      this.#sourceRate = frame.sampleRate
    }
    const samples = this.#resampler.process(frame.samples)
    if (samples.length === 0) return
    this.#queue.push(samples)
    this.#queuedSamples += samples.length
  }

  /** Forgets the queue but for 5 ms that fade out, so that the cut does not click; those count as played. */
  clear(): number {
    const fade = this.#take(Math.min(FADE_SAMPLES, this.#queuedSamples))
    for (let i = 0; i < fade.length; i++) fade[i] = Math.round((fade[i] ?? 0) * (1 - (i + 1) / fade.length))
    if (fade.length > 0) this.#fade = fade
    const forgotten = this.queuedMs
    this.#queue = []
    this.#queuedSamples = 0
    this.#resampler = new Resampler(this.#sourceRate, SPEAKER_RATE)
    this.#settleDrained()
    return forgotten
  }

  drained(): Promise<void> {
    if (this.#queuedSamples === 0) return Promise.resolve()
    this.#drained ??= Promise.withResolvers<void>()
    return this.#drained.promise
  }

  /** The next 10 ms at 48 kHz, filled up with silence. */
  nextFrame(): Int16Array {
    const frame = new Int16Array(FRAME_SAMPLES)
    const fade = this.#fade
    this.#fade = undefined
    if (fade) frame.set(fade)
    const start = fade?.length ?? 0
    frame.set(this.#take(Math.min(FRAME_SAMPLES - start, this.#queuedSamples)), start)
    if (this.#queuedSamples === 0) this.#settleDrained()
    return frame
  }

  /** The call is over: nothing more is played, and nobody waits any longer. */
  close(): void {
    this.#closed = true
    this.clear()
  }

  #settleDrained(): void {
    this.#drained?.resolve()
    this.#drained = undefined
  }

  #take(count: number): Int16Array {
    const taken = new Int16Array(count)
    let filled = 0
    while (filled < count) {
      const head = this.#queue[0]
      if (!head) break
      const part = head.subarray(0, count - filled)
      taken.set(part, filled)
      filled += part.length
      if (part.length === head.length) this.#queue.shift()
      else this.#queue[0] = head.subarray(part.length)
    }
    this.#queuedSamples -= filled
    this.#playedSamples += filled
    return taken
  }
}
