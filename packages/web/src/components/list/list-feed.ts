import type { LiveEvent } from '@voxtrace/protocol'
import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { RequestFailure } from '../../api/request.ts'
import { connectionStore } from '../../store/connection.ts'
import { type ListPage, LiveListStore } from '../../store/live-list.ts'
import { Observable } from '../../store/observable.ts'

const pageSize = 100
/** As far down as a live change is read again; what is loaded further down stays as it was read. */
const refreshLimit = 500

export interface FeedState {
  loading: boolean
  loadingMore: boolean
  failure: unknown
  live: 'open' | 'lost' | 'connecting'
}

/** Where the rows of a list come from. */
export interface ListSource<Row> {
  experimentId: string
  keyOf(row: Row): string
  /** Live events of these say that the list may have changed. */
  changedBy: readonly LiveEvent['type'][]
  /** The row that is no longer there after an event; null when there is none. */
  goneBy(event: LiveEvent): string | null
  /** Errors: `RequestFailure`. */
  read(maxResults: number, pageToken: string | null, signal: AbortSignal): Promise<ListPage<Row>>
}

/**
 * Brings what one query asks for into a list and keeps it fresh: the first page, further pages as they are asked
 * for, and what live events say has changed.
 */
export class ListFeed<Row> extends Observable<FeedState> {
  readonly list: LiveListStore<Row>
  readonly #source: ListSource<Row>
  #abort = new AbortController()

  constructor(source: ListSource<Row>) {
    super({ loading: true, loadingMore: false, failure: null, live: 'connecting' })
    this.#source = source
    this.list = new LiveListStore((row) => source.keyOf(row))
  }

  /** Starts reading; the returned function stops it. */
  readonly start = (): (() => void) => {
    const { experimentId, changedBy, goneBy } = this.#source
    this.#abort = new AbortController()
    const refresh = coalesce(() => this.#refresh(), 250)
    if (this.list.getState().loaded) refresh.request()
    else void this.load()
    const stopListening = listenLive(
      { experimentId },
      {
        onEvent: (event) => {
          const gone = goneBy(event)
          if (gone !== null) this.list.remove([gone])
          if (changedBy.includes(event.type)) refresh.request()
        },
        onResume: () => refresh.request(),
        onState: (live) => {
          connectionStore.report(live)
          this.#change({ live })
        },
      },
    )
    return () => {
      stopListening()
      refresh.stop()
      this.#abort.abort()
    }
  }

  readonly load = async (): Promise<void> => {
    this.#change({ loading: true })
    try {
      this.list.refresh(await this.#read(pageSize, null))
      this.#change({ loading: false, failure: null })
    } catch (failure) {
      this.#fail(failure, { loading: false })
    }
  }

  readonly loadMore = async (): Promise<void> => {
    const { nextPageToken } = this.list.getState()
    if (!nextPageToken || this.getState().loadingMore) return
    this.#change({ loadingMore: true })
    try {
      this.list.append(await this.#read(pageSize, nextPageToken))
      this.#change({ loadingMore: false, failure: null })
    } catch (failure) {
      this.#fail(failure, { loadingMore: false })
    }
  }

  /** Reads again what could not be read. */
  readonly retry = (): Promise<void> =>
    this.list.getState().nextPageToken === null ? this.load() : this.loadMore()

  async #refresh(): Promise<void> {
    const { rows, newCount, loaded } = this.list.getState()
    if (!loaded) return this.load()
    try {
      const depth = Math.min(Math.max(rows.length + newCount, pageSize), refreshLimit)
      this.list.refresh(await this.#read(depth, null))
      this.#change({ failure: null })
    } catch (failure) {
      if (failure instanceof RequestFailure && failure.kind === 'offline') connectionStore.report('lost')
      else this.#fail(failure, {})
    }
  }

  #read(maxResults: number, pageToken: string | null): Promise<ListPage<Row>> {
    return this.#source.read(maxResults, pageToken, this.#abort.signal)
  }

  #fail(failure: unknown, change: Partial<FeedState>): void {
    if (!this.#abort.signal.aborted) this.#change({ ...change, failure })
  }

  #change(change: Partial<FeedState>): void {
    this.setState({ ...this.getState(), ...change })
  }
}
