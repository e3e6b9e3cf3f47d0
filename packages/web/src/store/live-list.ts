import { Observable } from './observable.ts'

export interface ListPage<Row> {
  rows: Row[]
  nextPageToken: string | null
}

export interface LiveListState<Row> {
  rows: readonly Row[]
  /** How many rows came while the reader was further down; they enter when asked for. */
  newCount: number
  /** Keys of rows that entered live, for the tint that fades. */
  arrived: ReadonlySet<string>
  nextPageToken: string | null
  loaded: boolean
}

/**
 * The rows of a list in the server's order, which changes while it is read. Pages are appended at the end. What is
 * read again from the top takes the place of the top of what is shown; while the reader is further down it only updates
 * rows in place and waits, so that nothing moves under the reader.
 */
export class LiveListStore<Row> extends Observable<LiveListState<Row>> {
  readonly keyOf: (row: Row) => string
  #holding = false
  #waiting: ListPage<Row> | null = null

  constructor(keyOf: (row: Row) => string) {
    super({ rows: [], newCount: 0, arrived: new Set(), nextPageToken: null, loaded: false })
    this.keyOf = keyOf
  }

  /** Whether the reader is further down, so that what changes must wait. */
  setHolding(holding: boolean): void {
    this.#holding = holding
  }

  /** Takes a further page. */
  append({ rows, nextPageToken }: ListPage<Row>): void {
    const state = this.getState()
    const known = this.#keysOf(state.rows)
    const added = rows.filter((row) => !known.has(this.keyOf(row)))
    this.setState({ ...state, rows: [...state.rows, ...added], nextPageToken })
  }

  /** Takes the top of the list, read anew. */
  refresh(page: ListPage<Row>): void {
    const state = this.getState()
    if (!this.#holding || state.rows.length === 0) {
      this.#show(page)
      return
    }
    const fresh = new Map(page.rows.map((row) => [this.keyOf(row), row]))
    this.#waiting = page
    this.setState({
      ...state,
      rows: state.rows.map((row) => fresh.get(this.keyOf(row)) ?? row),
      newCount: this.#entering(page).length,
    })
  }

  /** Shows what waits. */
  admit(): void {
    if (this.#waiting !== null) this.#show(this.#waiting)
  }

  remove(keys: readonly string[]): void {
    const gone = new Set(keys)
    const stay = (rows: readonly Row[]) => rows.filter((row) => !gone.has(this.keyOf(row)))
    if (this.#waiting !== null) this.#waiting = { ...this.#waiting, rows: stay(this.#waiting.rows) }
    const state = this.getState()
    const rows = stay(state.rows)
    const newCount = this.#waiting === null ? 0 : this.#entering(this.#waiting).length
    if (rows.length === state.rows.length && newCount === state.newCount) return
    this.setState({ ...state, rows, newCount })
  }

  #show(page: ListPage<Row>): void {
    const { loaded, arrived, nextPageToken } = this.getState()
    const entering = loaded ? this.#entering(page) : []
    this.#waiting = null
    const below = this.#below(page)
    this.setState({
      rows: [...page.rows, ...below],
      newCount: 0,
      arrived: entering.length === 0 ? arrived : new Set([...arrived, ...entering.map(this.keyOf)]),
      nextPageToken: below.length > 0 ? nextPageToken : page.nextPageToken,
      loaded: true,
    })
  }

  /** The rows that are loaded further down than a page from the top reaches, which ends at one of those known. */
  #below(page: ListPage<Row>): Row[] {
    const { rows } = this.getState()
    const last = page.rows.at(-1)
    const isJoined = last !== undefined && this.#keysOf(rows).has(this.keyOf(last))
    if (page.nextPageToken === null || !isJoined) return []
    const fresh = this.#keysOf(page.rows)
    const met = rows.filter((row) => fresh.has(this.keyOf(row))).length
    return rows.slice(met).filter((row) => !fresh.has(this.keyOf(row)))
  }

  /** The rows of a page that are new, not merely further down than what was loaded. */
  #entering({ rows }: ListPage<Row>): Row[] {
    const state = this.getState()
    const known = this.#keysOf(state.rows)
    const isNew = (row: Row) => !known.has(this.keyOf(row))
    const last = rows.findLastIndex((row) => !isNew(row))
    const reach = state.nextPageToken === null || last < 0 ? rows.length : last + 1
    return rows.slice(0, reach).filter(isNew)
  }

  #keysOf(rows: readonly Row[]): Set<string> {
    return new Set(rows.map(this.keyOf))
  }
}
