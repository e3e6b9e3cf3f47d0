import type { Assessment } from '@voxtrace/model'

/** More changes than these at once are not named one by one. */
const mostNamed = 100

/** The assessments of one trace as far as they have been read, and which have changed since. */
export class KnownAssessments {
  #known = new Map<string, Assessment>()
  /** Null while all are to be read. */
  #changed: Set<string> | null = null

  /** One has been made, changed or deleted. */
  change(id: string): void {
    this.#changed?.add(id)
  }

  /** Something may have changed unheard. */
  forget(): void {
    this.#changed = null
  }

  get areAllToRead(): boolean {
    return this.#changed === null
  }

  /** Those that are to be read, null for all; what changes from now on is asked for the next time. */
  ask(): readonly string[] | null {
    const changed = this.#changed
    this.#changed = new Set()
    return changed === null || changed.size > mostNamed ? null : [...changed]
  }

  /** Takes what was read of those that were asked for, and answers all. */
  take(read: readonly Assessment[], asked: readonly string[] | null): Assessment[] {
    if (asked === null) this.#known = new Map()
    for (const assessment of read) this.#known.set(assessment.assessmentId, assessment)
    const found = new Set(read.map(({ assessmentId }) => assessmentId))
    for (const id of asked ?? []) {
      if (found.has(id)) continue
      // What a deleted one stood in for is valid again.
      if (this.#known.get(id)?.overrides != null) this.forget()
      this.#known.delete(id)
    }
    return [...this.#known.values()]
  }
}
