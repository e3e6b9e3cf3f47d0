import { mlflow, type SpanPage, spanToJson } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

const ofTrace = z.object({ trace_id: z.string().min(1) })
const ofSpan = ofTrace.extend({ span_id: z.string().min(1) })
const page = z.object({
  page_token: z.string().optional(),
  max_results: z.coerce.number().int().min(1).max(5000).default(1000),
})

/** The spans of a trace page by page without their payloads, and one span with it. */
export function traceSpanRoutes(app: FastifyInstance, { store }: { store: Store }): void {
  app.get('/api/voxtrace/traces/:trace_id/spans', async (request): Promise<SpanPage> => {
    const { trace_id: traceId } = mlflow.readRequest(ofTrace, request.params)
    const { page_token: pageToken, max_results: maxResults } = mlflow.readRequest(page, request.query)
    return spanPageOf(store, traceId, maxResults, pageToken ?? null)
  })

  app.get('/api/voxtrace/traces/:trace_id/spans/:span_id', async (request) => {
    const { trace_id: traceId, span_id: spanId } = mlflow.readRequest(ofSpan, request.params)
    return { span: spanToJson(await store.spans.get(traceId, spanId)) }
  })
}

/** A page of a trace's spans without their payloads. */
export async function spanPageOf(
  store: Store,
  traceId: string,
  maxResults: number,
  pageToken: string | null,
): Promise<SpanPage> {
  const { items, nextPageToken, spanCount } = await store.spans.outline(traceId, { maxResults, pageToken })
  return { spans: items, spanCount, nextPageToken }
}
