import type { PcmFrame } from './call.ts'
import { MICROPHONE_RATE } from './uplink.ts'

/** 16 kHz mono: what an unread microphone keeps, the newest 5 s. */
const MAX_SAMPLES = 5 * MICROPHONE_RATE

/** The frames of a microphone as they come, for one reader. */
export class FrameQueue implements AsyncIterable<PcmFrame> {
  #frames: Int16Array[] = []
  #samples = 0
  #ended = false
  #wake: (() => void) | undefined

  push(samples: Int16Array): void {
    if (this.#ended || samples.length === 0) return
    this.#frames.push(samples)
    this.#samples += samples.length
    while (this.#samples > MAX_SAMPLES) this.#samples -= this.#frames.shift()?.length ?? 0
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
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
