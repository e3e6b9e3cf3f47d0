/** Samples a second of each side of a tape. */
export const TAPE_RATE = 24_000
const FRAME_MS = 20
const FRAME_SAMPLES = (TAPE_RATE * FRAME_MS) / 1000
/** What comes later than this after its time is not on the tape any more. */
const HOLD_MS = 600
/** Silence to keep around: sound may lie ahead of the clock by a frame or two. */
const CAPACITY = TAPE_RATE * 2

export type Side = 'user' | 'agent'

/** Takes 20 ms of both sides, interleaved: user, agent, user, agent … */
export type OnFrame = (samples: Int16Array) => void

/**
 * Two voices side by side on one axis of time. Sound is put where it belongs, in any order; what nothing was put at
 * is silent. It leaves the tape in frames once the clock is 600 ms past it. Times are milliseconds since the tape began.
 */
export class StereoTape {
  readonly #onFrame: OnFrame
  readonly #sides: Record<Side, Int16Array> = {
    user: new Int16Array(CAPACITY),
    agent: new Int16Array(CAPACITY),
  }
  /** Samples that have left the tape. */
  #left = 0

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame
  }

  /** Puts samples at a place, counted in samples of the tape; what lies outside of the part that is still open is left out. */
  put(side: Side, position: number, samples: Int16Array): void {
    const track = this.#sides[side]
    const from = Math.max(0, this.#left - position)
    const to = Math.min(samples.length, this.#left + CAPACITY - position)
    for (let i = from; i < to; i++) track[(position + i) % CAPACITY] = samples[i] ?? 0
  }

  /** The clock stands at `ms`. */
  advance(ms: number): void {
    this.#leaveUntil(Math.floor(((ms - HOLD_MS) * TAPE_RATE) / 1000))
  }

  /** Lets go of everything up to `ms`, the last frame filled up with silence. */
  finish(ms: number): void {
    this.#leaveUntil(Math.ceil((ms * TAPE_RATE) / 1000) + FRAME_SAMPLES - 1)
  }

  #leaveUntil(position: number): void {
    const { user, agent } = this.#sides
    while (this.#left + FRAME_SAMPLES <= position) {
      const frame = new Int16Array(2 * FRAME_SAMPLES)
      const start = this.#left % CAPACITY
      for (let i = 0; i < FRAME_SAMPLES; i++) {
        frame[2 * i] = user[start + i] ?? 0
        frame[2 * i + 1] = agent[start + i] ?? 0
      }
      user.fill(0, start, start + FRAME_SAMPLES)
      agent.fill(0, start, start + FRAME_SAMPLES)
      this.#left += FRAME_SAMPLES
      this.#onFrame(frame)
    }
  }
}
