/** Means of round trips, out of sums that only grow, as WebRTC's statistics keep them. */
export class RoundTrips {
  #count = 0
  #totalMs = 0
  #meanMs: number | null = null

  /** The mean of those measured since it was asked last; where none was, what was answered then. Null before the first. */
  meanMs(count: number, totalMs: number): number | null {
    if (count > this.#count) {
      this.#meanMs = Math.max(0, (totalMs - this.#totalMs) / (count - this.#count))
      this.#count = count
      this.#totalMs = totalMs
    }
    return this.#meanMs
  }
}
