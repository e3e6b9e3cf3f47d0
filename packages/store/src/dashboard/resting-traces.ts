/** A trace that was counted. */
export interface CountedSize {
  traceId: string
  spanCount: number
}

/** Counting a trace takes about 6 µs a span, which is then at most a three-hundredth of the time. */
const restMsPerSpan = 2
const longestRestMs = 30_000
/** Shorter rests are over before the next round. */
const shortestRestMs = 1_000

/**
 * Traces that were counted lately and are large, so that counting them whole after each of many small changes would cost
 * the square of their length.
 */
export class RestingTraces {
  readonly #untilMs = new Map<string, number>()

  ids(): string[] {
    const nowMs = performance.now()
    for (const [traceId, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(traceId)
    return [...this.#untilMs.keys()]
  }

  add(counted: readonly CountedSize[]): void {
    for (const { traceId, spanCount } of counted) {
      const restMs = Math.min(spanCount * restMsPerSpan, longestRestMs)
      if (restMs > shortestRestMs) this.#untilMs.set(traceId, performance.now() + restMs)
    }
  }
}
