const remembered = 5

/**
 * The round trip to a caller, out of sums that only grow, as WebRTC's statistics keep them. It is the least of the last five that were
 * reported, some 20 s: a machine that is busy when a report comes or goes makes it longer, and nothing makes it shorter.
 */
export class RoundTrips {
  #count = 0
  #totalMs = 0
  #last: number[] = []

  /** To be told after each report. */
  reported(count: number, totalMs: number): void {
    if (count <= this.#count) return
    const ms = Math.max(0, (totalMs - this.#totalMs) / (count - this.#count))
    this.#last = [...this.#last, ms].slice(-remembered)
    this.#count = count
    this.#totalMs = totalMs
  }

  /** Null before the first. */
  get leastMs(): number | null {
    return this.#last.length === 0 ? null : Math.min(...this.#last)
  }
}
