import { unref } from './timer.ts'

const firstBackoffMs = 100

/**
 * Whether the server is asked. `closed`: it is. `open`: it is left alone until the pause is over. `half-open`: one
 * request finds out whether it is back.
 */
export type Circuit = 'closed' | 'open' | 'half-open'

/** Leaves a server alone that fails: for twice as long after each failure, up to a bound, with jitter. */
export class CircuitBreaker {
  readonly #maxBackoffMs: number
  #failuresInARow = 0
  /** The wait between two attempts; null when there is none. */
  #pause: Pause | null = null

  constructor(maxBackoffMs: number) {
    this.#maxBackoffMs = maxBackoffMs
  }

  get state(): Circuit {
    if (this.#failuresInARow === 0) return 'closed'
    return this.#pause === null ? 'half-open' : 'open'
  }

  succeeded(): void {
    this.#failuresInARow = 0
  }

  failed(): void {
    this.#failuresInARow++
  }

  /** How long to wait before the next attempt; `askedMs` is the least that the server asks for. */
  waitMs(askedMs: number | null): number {
    const doublings = Math.min(this.#failuresInARow - 1, 16)
    const backoffMs = Math.min(this.#maxBackoffMs, firstBackoffMs * 2 ** doublings)
    return Math.max(backoffMs * (0.5 + Math.random() / 2), askedMs ?? 0)
  }

  /** Waits so long, unless it is hurried. */
  async pause(askedMs: number | null): Promise<void> {
    this.#pause = new Pause(this.waitMs(askedMs), askedMs !== null)
    await this.#pause.over
    this.#pause = null
  }

  /** Ends a pause that the server did not ask for. */
  hurry(): void {
    if (this.#pause?.askedByServer === false) this.#pause.end()
  }

  endPause(): void {
    this.#pause?.end()
  }
}

/** A wait that can be ended early. */
class Pause {
  /** Whether the server asked for it. */
  readonly askedByServer: boolean
  readonly over: Promise<void>
  end: () => void = () => {}

  constructor(waitMs: number, askedByServer: boolean) {
    this.askedByServer = askedByServer
    this.over = new Promise((resolve) => {
      const timer = unref(setTimeout(resolve, waitMs))
      this.end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
