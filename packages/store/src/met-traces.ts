/** How many ids are kept, twice at most. */
const mostIds = 20_000

/**
 * The ids of the traces that were written lately. A trace that is not among them is taken for new without asking the
 * database, which tells when it is not; so it matters not what is forgotten, or what another process wrote.
 */
export class MetTraces {
  #latest = new Set<string>()
  #before = new Set<string>()

  /** Whether none of the traces has been met. From now on all have. */
  allNew(traceIds: string[]): boolean {
    const areNew = !traceIds.some((id) => this.#latest.has(id) || this.#before.has(id))
    for (const id of traceIds) this.add(id)
    return areNew
  }

  add(traceId: string): void {
    this.#latest.add(traceId)
    if (this.#latest.size < mostIds) return
    this.#before = this.#latest
    this.#latest = new Set()
  }
}
