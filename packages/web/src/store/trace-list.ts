import type { TraceRow } from '../facade/trace-row.ts'
import { Observable } from './observable.ts'

export interface TraceListState {
  rows: TraceRow[]
  /** Rows that came while the reader was further down; they enter when asked for. */
  waiting: TraceRow[]
  /** Ids of rows that entered live, for the tint that fades. */
  arrived: ReadonlySet<string>
  nextPageToken: string | null
  loaded: boolean
}

const empty: TraceListState = {
  rows: [],
  waiting: [],
  arrived: new Set(),
  nextPageToken: null,
  loaded: false,
}

/**
 * The rows of one experiment's trace list, newest first. Pages are appended at the end; what is read again from
 * the top updates the rows in place, and new ones enter at the top or wait, so that nothing moves under the
 * reader.
 */
export class TraceListStore extends Observable<TraceListState> {
  #holding = false

  constructor() {
    super(empty)
  }

  /** While holding (the list is scrolled), new rows wait. */
  setHolding(holding: boolean): void {
    this.#holding = holding
  }

  /** Takes the first page of a new query: all before it is gone. */
  replace(rows: TraceRow[], nextPageToken: string | null): void {
    this.setState({ ...empty, rows: sorted(rows), nextPageToken, loaded: true })
  }

  /** Takes a further page. */
  append(rows: TraceRow[], nextPageToken: string | null): void {
    const state = this.getState()
    const known = new Set([...state.rows, ...state.waiting].map(({ traceId }) => traceId))
    const added = rows.filter(({ traceId }) => !known.has(traceId))
    this.setState({ ...state, rows: sorted([...state.rows, ...added]), nextPageToken })
  }

  /** Takes the top of the list read again: known rows are updated, new ones enter or wait. */
  refresh(rows: TraceRow[]): void {
    const state = this.getState()
    const fresh = new Map(rows.map((row) => [row.traceId, row]))
    const update = (row: TraceRow) => fresh.get(row.traceId) ?? row
    const known = new Set([...state.rows, ...state.waiting].map(({ traceId }) => traceId))
    const oldest = state.rows.at(-1)?.startMs ?? Number.NEGATIVE_INFINITY
    const entering = rows.filter(
      ({ traceId, startMs }) => !known.has(traceId) && (state.nextPageToken === null || startMs >= oldest),
    )
    const hold = this.#holding && state.rows.length > 0
    this.setState({
      ...state,
      rows: sorted([...state.rows.map(update), ...(hold ? [] : entering)]),
      waiting: sorted([...state.waiting.map(update), ...(hold ? entering : [])]),
      arrived: hold ? state.arrived : withIds(state.arrived, entering),
      loaded: true,
    })
  }

  /** Lets the waiting rows in. */
  admit(): void {
    const state = this.getState()
    if (state.waiting.length === 0) return
    this.setState({
      ...state,
      rows: sorted([...state.rows, ...state.waiting]),
      waiting: [],
      arrived: withIds(state.arrived, state.waiting),
    })
  }

  remove(traceId: string): void {
    const state = this.getState()
    const stays = (row: TraceRow) => row.traceId !== traceId
    if (state.rows.every(stays) && state.waiting.every(stays)) return
    this.setState({ ...state, rows: state.rows.filter(stays), waiting: state.waiting.filter(stays) })
  }
}

function withIds(ids: ReadonlySet<string>, rows: TraceRow[]): ReadonlySet<string> {
  return rows.length === 0 ? ids : new Set([...ids, ...rows.map(({ traceId }) => traceId)])
}

function sorted(rows: TraceRow[]): TraceRow[] {
  return rows.sort((a, b) => b.startMs - a.startMs || (a.traceId < b.traceId ? 1 : -1))
}
