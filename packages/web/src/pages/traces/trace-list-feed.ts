import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { RequestFailure } from '../../api/request.ts'
import { listTraces } from '../../api/traces.ts'
import { traceRowOf } from '../../facade/trace-row.ts'
import { connectionStore } from '../../store/connection.ts'
import { Observable } from '../../store/observable.ts'
import { TraceListStore } from '../../store/trace-list.ts'

const pageSize = 100
/** As far down as a live change is read again in one request. */
const refreshLimit = 500

export interface FeedState {
  loading: boolean
  loadingMore: boolean
  failure: unknown
  live: 'open' | 'lost' | 'connecting'
}

/**
 * Brings one query's traces into a list and keeps them fresh: the first page, further pages as they are asked
 * for, and what live events say has changed.
 */
export class TraceListFeed extends Observable<FeedState> {
  readonly list = new TraceListStore()
  readonly #experimentId: string
  readonly #filter: string
  #abort = new AbortController()

  constructor(experimentId: string, filter: string) {
    super({ loading: true, loadingMore: false, failure: null, live: 'connecting' })
    this.#experimentId = experimentId
    this.#filter = filter
  }

  /** Starts reading; the returned function stops it. */
  readonly start = (): (() => void) => {
    this.#abort = new AbortController()
    void this.load()
    const refresh = coalesce(() => this.#refresh(), 250)
    const stopListening = listenLive(
      { experimentId: this.#experimentId },
      {
        onEvent: (event) => {
          if (event.type === 'trace' && event.change === 'deleted') this.list.remove(event.traceId)
          else if (event.type === 'trace' || event.type === 'assessment') refresh.request()
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
      const page = await this.#read(pageSize, null)
      this.list.replace(page.rows, page.nextPageToken)
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
      const page = await this.#read(pageSize, nextPageToken)
      this.list.append(page.rows, page.nextPageToken)
      this.#change({ loadingMore: false })
    } catch (failure) {
      this.#fail(failure, { loadingMore: false })
    }
  }

  async #refresh(): Promise<void> {
    const { rows, waiting, loaded } = this.list.getState()
    if (!loaded) return this.load()
    try {
      const depth = Math.min(Math.max(rows.length + waiting.length, pageSize), refreshLimit)
      const page = await this.#read(depth, null)
      this.list.refresh(page.rows)
      this.#change({ failure: null })
    } catch (failure) {
      if (failure instanceof RequestFailure && failure.kind === 'offline') connectionStore.report('lost')
      else this.#fail(failure, {})
    }
  }

  async #read(maxResults: number, pageToken: string | null) {
    const page = await listTraces(
      { experimentId: this.#experimentId, filter: this.#filter, maxResults, pageToken },
      this.#abort.signal,
    )
    return { rows: page.traces.map(traceRowOf), nextPageToken: page.nextPageToken }
  }

  #fail(failure: unknown, change: Partial<FeedState>): void {
    if (this.#abort.signal.aborted) return
    this.#change({ ...change, failure })
  }

  #change(change: Partial<FeedState>): void {
    this.setState({ ...this.getState(), ...change })
  }
}
