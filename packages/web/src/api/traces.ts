import type { TraceInfo, TraceOrder, TraceSummary } from '@voxtrace/model'
import type { SpanJson, SpanOutline, SpanPage } from '@voxtrace/protocol'
import * as z from 'zod/mini'
import { getJson } from './request.ts'
import { openedTracePath, tracePath } from './trace-path.ts'
import { spanJson, traceInfo, traceSummary } from './wire.ts'

export interface TracePage {
  traces: TraceSummary[]
  nextPageToken: string | null
}

export interface TraceQuery {
  experimentId: string
  filter: string
  /** Newest first unless ordered otherwise. */
  order?: TraceOrder
  /** In place of `order`, an order in the server's language. */
  orderBy?: string
  pageToken?: string | null
  maxResults: number
}

const tracePage: z.ZodMiniType<TracePage> = z.object({
  traces: z.array(traceSummary),
  nextPageToken: z.pipe(
    z.optional(z.nullable(z.string())),
    z.transform((token) => token || null),
  ),
})

/**
 * One page of an experiment's traces. A search of what spans hold stops from time to time, also before it has found
 * anything, and is then gone on with.
 */
export async function listTraces(query: TraceQuery, signal?: AbortSignal): Promise<TracePage> {
  let page = await tracesFrom(query, signal)
  while (page.traces.length === 0 && page.nextPageToken !== null) {
    page = await tracesFrom({ ...query, pageToken: page.nextPageToken }, signal)
  }
  return page
}

function tracesFrom(query: TraceQuery, signal?: AbortSignal): Promise<TracePage> {
  const parameters = new URLSearchParams({
    experiment_id: query.experimentId,
    max_results: String(query.maxResults),
  })
  if (query.filter) parameters.set('filter', query.filter)
  if (query.order) parameters.set('order', query.order)
  if (query.orderBy) parameters.set('order_by', query.orderBy)
  if (query.pageToken) parameters.set('page_token', query.pageToken)
  return getJson(`/api/voxtrace/traces?${parameters}`, tracePage, signal)
}

/** A trace with its spans in order of start. */
export interface ReadTrace<Spans = SpanJson[]> {
  info: TraceInfo
  /** How many spans the whole trace has. */
  spanCount: number
  spans: Spans
}

/** Outlines are very many: the page is checked, its spans are taken as the server made them. */
const spanPage: z.ZodMiniType<SpanPage> = z.object({
  spans: z.custom<SpanOutline[]>((value) => Array.isArray(value)),
  spanCount: z.number(),
  nextPageToken: z.nullable(z.string()),
})

const spansRead = z.array(spanJson)
/** A trace as it is opened: with all its spans, or the first page of their outlines when they are very many. */
export interface OpenedTrace extends ReadTrace<SpanJson[] | null> {
  firstPage?: SpanPage | undefined
}
const openedTrace: z.ZodMiniType<OpenedTrace> = z.object({
  info: traceInfo,
  spanCount: z.number(),
  spans: z.nullable(spansRead),
  firstPage: z.optional(spanPage),
})
const changedTrace: z.ZodMiniType<ReadTrace> = z.object({
  info: traceInfo,
  spanCount: z.number(),
  spans: spansRead,
})

/** A trace with all its spans; with the first page of their outlines when it is too large for that. */
export function openTrace(traceId: string, signal?: AbortSignal): Promise<OpenedTrace> {
  return getJson(openedTracePath(traceId), openedTrace, signal)
}

/** What is known of a trace beside its spans. */
export async function getTraceFacts(
  traceId: string,
  signal?: AbortSignal,
): Promise<Pick<ReadTrace, 'info' | 'spanCount'>> {
  return getJson(`${tracePath(traceId)}?max_spans=0`, openedTrace, signal)
}

/** A trace with all its spans, however many. */
export async function getTrace(traceId: string, signal?: AbortSignal): Promise<ReadTrace> {
  const { spans, ...trace } = await getJson(tracePath(traceId), openedTrace, signal)
  return { ...trace, spans: spans ?? [] }
}

/** What of a trace is asked for when it has changed. */
interface ChangesQuery {
  /** Spans that can have changed since then, in nanoseconds since the epoch. */
  sinceUnixNano: bigint
  openSpanIds: readonly string[]
  /** The assessments that have changed; null where that is not known, for all. */
  assessmentIds: readonly string[] | null
}

/** A trace with the spans and assessments that can have changed. */
export function getTraceChanges(
  traceId: string,
  { sinceUnixNano, openSpanIds, assessmentIds }: ChangesQuery,
  signal?: AbortSignal,
): Promise<ReadTrace> {
  const parameters = new URLSearchParams({ since_unix_nano: sinceUnixNano.toString() })
  for (const id of openSpanIds) parameters.append('open_span_id', id)
  if (assessmentIds !== null) parameters.set('assessments', 'named')
  for (const id of assessmentIds ?? []) parameters.append('assessment_id', id)
  return getJson(`${tracePath(traceId)}/changes?${parameters}`, changedTrace, signal)
}

/** A page of a trace's spans without their payloads, in the order in which they began. */
export function getSpanPage(
  traceId: string,
  pageToken: string | null,
  maxResults: number,
  signal?: AbortSignal,
): Promise<SpanPage> {
  const parameters = new URLSearchParams({ max_results: String(maxResults) })
  if (pageToken !== null) parameters.set('page_token', pageToken)
  return getJson(`${tracePath(traceId)}/spans?${parameters}`, spanPage, signal)
}

const turnPage = z.object({ spans: spansRead, nextPageToken: z.nullable(z.string()) })

/** The next turns of a conversation with the spans directly below each, in order. */
export function getTurnPage(
  traceId: string,
  pageToken: string | null,
  signal?: AbortSignal,
): Promise<{ spans: SpanJson[]; nextPageToken: string | null }> {
  const query = pageToken === null ? '' : `?${new URLSearchParams({ page_token: pageToken })}`
  return getJson(`${tracePath(traceId)}/turns${query}`, turnPage, signal)
}

const oneSpan = z.object({ span: spanJson })

/** One span with its payload. */
export async function getSpan(traceId: string, spanId: string, signal?: AbortSignal): Promise<SpanJson> {
  const path = `${tracePath(traceId)}/spans/${encodeURIComponent(spanId)}`
  return (await getJson(path, oneSpan, signal)).span
}

const matchAnswer = z.object({ spanIds: z.array(z.string()) })

/** The ids of the spans that hold a text in their name, attributes or events, in order of start; at most 1000. */
export async function findInTrace(traceId: string, text: string, signal?: AbortSignal): Promise<string[]> {
  const parameters = new URLSearchParams({ text })
  return (await getJson(`${tracePath(traceId)}/matches?${parameters}`, matchAnswer, signal)).spanIds
}
