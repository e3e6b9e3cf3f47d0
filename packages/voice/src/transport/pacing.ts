/** How long a frame of sound to the caller lasts. */
export const FRAME_MS = 10
/** After a stall of the process, at most this much late sound is sent at once; the rest of the stall is left out. */
const MAX_BURST_MS = 40

/** One step of the clock: `frames` are due now, and `skipped` were due during a stall and shall not be made up for. */
export type OnFrames = (frames: number, skipped: number) => void

/** What a clock needs of its surroundings; tests give their own. */
export interface Timing {
  /** Monotonic milliseconds. */
  now(): number
  /** Calls back once after about `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void
}

const systemTiming: Timing = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * A clock of 10 ms frames that does not drift: each frame is due at the start plus its number times 10 ms, however late
 * the timers run. Every call listens to the same one. It runs only while somebody listens.
 */
export class FrameClock {
  readonly #timing: Timing
  readonly #listeners = new Set<OnFrames>()
  #cancel: (() => void) | undefined
  #start = 0
  #done = 0

  constructor(timing: Timing = systemTiming) {
    this.#timing = timing
  }

  /** Returns what ends the listening. */
  listen(onFrames: OnFrames): () => void {
    this.#listeners.add(onFrames)
    if (!this.#cancel) {
      this.#start = this.#timing.now()
      this.#done = 0
      this.#schedule()
    }
    return () => {
      this.#listeners.delete(onFrames)
      if (this.#listeners.size > 0) return
      this.#cancel?.()
      this.#cancel = undefined
    }
  }

  #schedule(): void {
    const due = this.#start + (this.#done + 1) * FRAME_MS
    this.#cancel = this.#timing.after(Math.max(0, due - this.#timing.now()), () => {
      const elapsed = Math.floor((this.#timing.now() - this.#start) / FRAME_MS)
      const due = Math.max(0, elapsed - this.#done)
      this.#done += due
      const frames = Math.min(due, MAX_BURST_MS / FRAME_MS)
      if (frames > 0) for (const listener of [...this.#listeners]) listener(frames, due - frames)
      if (this.#listeners.size > 0) this.#schedule()
      else this.#cancel = undefined
    })
  }
}
