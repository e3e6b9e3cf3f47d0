import type { PcmFrame } from './call.ts'
import { MICROPHONE_RATE } from './uplink.ts'

/** 16 kHz mono: what an unread microphone keeps, the newest 5 s. */
const MAX_SAMPLES = 5 * MICROPHONE_RATE
const WINDOW_SAMPLES = 512

/**
 * The sound of a microphone for one reader, in frames of 32 ms: the window of the voice activity detector, which could do
 * nothing with less. What the reader does with each frame costs more than the frame.
 */
export class FrameQueue implements AsyncIterable<PcmFrame> {
  #frames: Int16Array[] = []
  #partial = new Int16Array(WINDOW_SAMPLES)
  #filled = 0
  #samples = 0
  #ended = false
  #wake: (() => void) | undefined

  push(samples: Int16Array): void {
    if (this.#ended) return
    for (let taken = 0; taken < samples.length; ) {
      const part = samples.subarray(taken, taken + WINDOW_SAMPLES - this.#filled)
      this.#partial.set(part, this.#filled)
      this.#filled += part.length
      taken += part.length
      if (this.#filled === WINDOW_SAMPLES) this.#hand(this.#partial)
    }
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#filled > 0) this.#hand(this.#partial.subarray(0, this.#filled))
    this.#wake?.()
  }

  #hand(frame: Int16Array): void {
    this.#frames.push(frame)
    this.#partial = new Int16Array(WINDOW_SAMPLES)
    this.#filled = 0
    this.#samples += frame.length
    while (this.#samples > MAX_SAMPLES) this.#samples -= this.#frames.shift()?.length ?? 0
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PcmFrame> {
    for (;;) {
      const samples = this.#frames.shift()
      if (samples) {
        this.#samples -= samples.length
        yield { samples, sampleRate: MICROPHONE_RATE }
      } else if (this.#ended) {
        return
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#wake = undefined
      }
    }
  }
}
