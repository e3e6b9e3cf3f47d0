import type { Log } from '@voxtrace/model'

const quietMs = 60_000

/** Passes on what goes wrong, each kind at most once a minute, with how often it was kept back. */
export class TroubleLog {
  readonly #log: Log | null
  readonly #kinds = new Map<string, { until: number; keptBack: number }>()

  constructor(log: Log | null) {
    this.#log = log
  }

  /** Passes on what is no trouble. */
  info(message: string, fields: Record<string, unknown>): void {
    try {
      this.#log?.info(message, fields)
    } catch {
      // As below.
    }
  }

  /** `given`: what belongs to it, or what makes that when it is needed. */
  warn(
    kind: string,
    message: string,
    given: Record<string, unknown> | (() => Record<string, unknown>),
  ): void {
    if (this.#log === null) return
    const now = performance.now()
    const known = this.#kinds.get(kind)
    if (known !== undefined && now < known.until) {
      known.keptBack++
      return
    }
    this.#kinds.set(kind, { until: now + quietMs, keptBack: 0 })
    try {
      const fields = typeof given === 'function' ? given() : given
      this.#log.warn(message, known?.keptBack ? { ...fields, keptBack: known.keptBack } : fields)
    } catch {
      // A log that throws must not reach the application through us, and there is nobody left to tell.
    }
  }
}
