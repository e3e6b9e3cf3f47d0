import type { TraceInfo, TraceSummary } from '@voxtrace/model'
import type { SpanJson } from '@voxtrace/protocol'
import * as z from 'zod/mini'
import { getJson } from './request.ts'
import { spanJson, traceInfo, traceSummary } from './wire.ts'

export interface TracePage {
  traces: TraceSummary[]
  nextPageToken: string | null
}

export interface TraceQuery {
  experimentId: string
  filter: string
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

const traceDetail = z.object({ info: traceInfo, spans: z.array(spanJson) })

/** One page of an experiment's traces, newest first. */
export function listTraces(query: TraceQuery, signal?: AbortSignal): Promise<TracePage> {
  const parameters = new URLSearchParams({
    experiment_id: query.experimentId,
    max_results: String(query.maxResults),
  })
  if (query.filter) parameters.set('filter', query.filter)
  if (query.pageToken) parameters.set('page_token', query.pageToken)
  return getJson(`/api/voxtrace/traces?${parameters}`, tracePage, signal)
}

/** A trace with all its spans. */
export function getTrace(
  traceId: string,
  signal?: AbortSignal,
): Promise<{ info: TraceInfo; spans: SpanJson[] }> {
  return getJson(`/api/voxtrace/traces/${encodeURIComponent(traceId)}`, traceDetail, signal)
}
