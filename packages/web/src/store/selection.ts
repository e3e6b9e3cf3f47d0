import { Observable } from './observable.ts'

/** Which rows of a list are selected, by id. */
export class SelectionStore extends Observable<ReadonlySet<string>> {
  #lastId: string | null = null

  constructor() {
    super(new Set())
  }

  toggle(id: string): void {
    const next = new Set(this.getState())
    if (!next.delete(id)) next.add(id)
    this.#lastId = id
    this.setState(next)
  }

  /** Selects all from the row that was last changed to this one, in the order of `ids`. */
  extendTo(id: string, ids: readonly string[]): void {
    const [a, b] = [ids.indexOf(this.#lastId ?? id), ids.indexOf(id)]
    const range = ids.slice(Math.min(a < 0 ? b : a, b), Math.max(a < 0 ? b : a, b) + 1)
    this.setState(new Set([...this.getState(), ...range]))
    this.#lastId = id
  }

  selectAll(ids: readonly string[]): void {
    this.setState(new Set(ids))
  }

  clear(): void {
    this.#lastId = null
    this.setState(new Set())
  }
}
