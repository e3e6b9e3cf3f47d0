import type { Span, TraceInfo } from '@voxtrace/model'
import { type SpanJson, type SpanPage, spanFromJson } from '@voxtrace/protocol'
import { coalesce } from '../../api/coalesce.ts'
import { listenLive } from '../../api/live.ts'
import { getSpanPage, getTraceChanges, getTraceFacts, getTurnPage, openTrace } from '../../api/traces.ts'
import { spanOfOutline } from '../../facade/outline-span.ts'
import { type TraceView, TraceViewReader } from '../../facade/trace-view.ts'
import { connectionStore } from '../../store/connection.ts'
import { KnownAssessments } from '../../store/known-assessments.ts'
import { Observable } from '../../store/observable.ts'

const spansPerPage = 5000
/** A live trace is read again at most this often, in milliseconds. */
const refreshEveryMs = 400
/** Spans may arrive as much later than they ended, in nanoseconds; later ones show by their number. */
const lateByNano = 10_000_000_000n
/** More open spans than these are not named one by one: what they stand in is read anew. */
const mostOpen = 200

export interface TraceFeedState {
  view: TraceView | null
  failure: unknown
  /** How many spans there are while not all have come; null when they have. */
  awaited: number | null
}

/**
 * One trace, as far as it has been read, and what becomes of it. A small trace comes whole, and after each change only
 * what can have changed is read; a large one comes as outlines, page by page.
 */
export class TraceFeed extends Observable<TraceFeedState> {
  readonly #traceId: string
  readonly #reader = new TraceViewReader()
  readonly #assessments = new KnownAssessments()
  #spans = new Map<string, Span>()
  #isOutline = false
  /** Whether spans stand for turns, and whether those have come with their payloads. */
  #hasTurns = false
  #turnsRead = false
  /** Where each page began, and whether spans of it were open. */
  #pages: { token: string | null; hasOpen: boolean }[] = []
  #abort = new AbortController()

  constructor(traceId: string) {
    super({ view: null, failure: null, awaited: null })
    this.#traceId = traceId
  }

  /** Starts reading; the returned function stops it. */
  readonly start = (): (() => void) => {
    this.#abort = new AbortController()
    void this.load()
    const refresh = coalesce(() => this.#readChanges(), refreshEveryMs)
    const stopListening = listenLive(
      { traceId: this.#traceId },
      {
        onEvent: (event) => {
          if (!('traceId' in event) || event.traceId !== this.#traceId) return
          if (event.type === 'assessment') this.#assessments.change(event.assessmentId)
          refresh.request()
        },
        onResume: () => {
          this.#assessments.forget()
          refresh.request()
        },
        onState: (state) => connectionStore.report(state),
      },
    )
    return () => {
      stopListening()
      refresh.stop()
      this.#abort.abort()
    }
  }

  /** Reads the trace from the beginning. */
  readonly load = async (): Promise<void> => {
    await this.#trying(async (signal) => {
      this.#assessments.ask()
      const { info, spans, firstPage } = await openTrace(this.#traceId, signal)
      this.#assessments.take(info.assessments, null)
      this.#isOutline = spans === null
      if (spans === null) return this.#readPages(info, null, signal, firstPage)
      this.#spans = new Map()
      this.#take(spans)
      this.#show(info, null)
    })
  }

  async #readChanges(): Promise<void> {
    const { view } = this.getState()
    if (view === null) return this.load()
    await this.#trying(async (signal) => {
      const open = view.tree.nodes.filter(({ endMs }) => endMs === null).map(({ id }) => id)
      const { originUnixNano, lastMs } = view.tree
      const since = originUnixNano + BigInt(Math.floor(lastMs * 1e6)) - lateByNano
      const isMany = open.length > mostOpen
      const asked = this.#assessments.ask()
      const changes = {
        sinceUnixNano: since > 0n ? since : 0n,
        openSpanIds: open,
        assessmentIds: asked,
      }
      const read = isMany
        ? { ...(await getTraceFacts(this.#traceId, signal)), spans: [] }
        : await getTraceChanges(this.#traceId, changes, signal)
      const { spanCount, spans } = read
      const assessments = this.#assessments.take(read.info.assessments, isMany ? null : asked)
      if (this.#assessments.areAllToRead) return this.load()
      const info = { ...read.info, assessments }
      this.#take(spans)
      const ended = view.isOpen && info.state !== 'IN_PROGRESS'
      if (this.#spans.size === spanCount && !ended && !isMany) return this.#show(info, null)
      if (!this.#isOutline) return this.load()
      const from = this.#pages.find(({ hasOpen }) => hasOpen) ?? this.#pages.at(-1)
      await this.#readPages(info, (isMany || ended ? from : this.#pages.at(-1))?.token ?? null, signal)
    })
  }

  /** Reads outlines from a page on, and shows them as they come, ever less often. */
  async #readPages(
    info: TraceInfo,
    from: string | null,
    signal: AbortSignal,
    first?: SpanPage,
  ): Promise<void> {
    const at = this.#pages.findIndex(({ token }) => token === from)
    this.#pages = at > 0 ? this.#pages.slice(0, at) : []
    const bareId = this.#traceId.replace(/^tr-/, '')
    const read = (token: string | null) => getSpanPage(this.#traceId, token, spansPerPage, signal)
    let shownAt = 0
    let token = from
    for (let coming = first ? Promise.resolve(first) : read(from); ; ) {
      const page = await coming
      const { nextPageToken } = page
      // The next page is on its way while this one is put in its place.
      if (nextPageToken !== null) coming = read(nextPageToken)
      coming.catch(() => {})
      this.#pages.push({ token, hasOpen: page.spans.some(({ endTimeUnixNano }) => endTimeUnixNano === null) })
      for (const outline of page.spans) {
        this.#spans.set(outline.spanId, spanOfOutline(bareId, outline))
      }
      if (page.spans.some(({ isTurn }) => isTurn)) this.#hasTurns = true
      if (nextPageToken === null) {
        this.#show(info, null)
        return this.#hasTurns ? this.#readTurns(info, signal) : undefined
      }
      if (this.#spans.size >= 3 * shownAt) {
        shownAt = this.#spans.size
        this.#show(info, page.spanCount)
      }
      token = nextPageToken
    }
  }

  /** Reads the turns of an outline with what is below them, so that its words can be read. */
  async #readTurns(info: TraceInfo, signal: AbortSignal): Promise<void> {
    let shownAt = 0
    let count = 0
    for (let token: string | null = null; ; ) {
      const page = await getTurnPage(this.#traceId, token, signal)
      this.#take(page.spans)
      this.#turnsRead = true
      count += page.spans.length
      token = page.nextPageToken
      if (token === null || count >= 3 * shownAt) {
        shownAt = count
        this.#show(info, null)
      }
      if (token === null) return
    }
  }

  #take(spans: SpanJson[]): void {
    for (const json of spans) this.#spans.set(json.spanId, spanFromJson(json))
  }

  #show(info: TraceInfo, awaited: number | null): void {
    const turns = { areThere: this.#hasTurns, areRead: this.#turnsRead }
    const view = this.#reader.read(info, [...this.#spans.values()], this.#isOutline ? turns : null)
    this.setState({ view, failure: null, awaited })
  }

  async #trying(read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#abort
    try {
      await read(signal)
    } catch (failure) {
      if (signal.aborted) return
      this.#assessments.forget()
      this.setState({ ...this.getState(), failure })
    }
  }
}
