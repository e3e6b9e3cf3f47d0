import { type Log, sessionOrders, traceOrders, VoxtraceError } from '@voxtrace/model'
import { mlflow, spanToJson } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { jsonOf } from '../bodies.ts'
import { mlflowVersion } from './health.ts'
import type { LiveReaders } from './live.ts'
import { spanPageOf } from './trace-spans.ts'

interface Context {
  store: Store
  readers: LiveReaders
  version: string
  botUrl: string | null
  log: Log
}

const reviewQueue = z.object({
  experiment_id: z.string().min(1),
  filter: z.string().optional(),
  unit: z.enum(['turn', 'conversation']).default('turn'),
  order: z.enum(['newest', 'shuffled']).default('newest'),
  max_results: z.coerce.number().int().min(1).max(1000).default(200),
})
const listPage = z.object({
  experiment_id: z.string().min(1),
  filter: z.string().optional(),
  page_token: z.string().optional(),
  max_results: z.coerce.number().int().min(1).max(500).default(50),
})
const tracePage = z.object({
  ...listPage.shape,
  order_by: z.union([z.string().transform((term) => [term]), z.array(z.string())]).optional(),
  order: z.enum(traceOrders).default('newest'),
})
const sessionPage = z.object({ ...listPage.shape, order: z.enum(sessionOrders).default('newest') })
const idPage = z.object({
  ...listPage.shape,
  max_results: z.coerce.number().int().min(1).max(10_000).default(1000),
})
const tracesToJudge = z.object({ trace_ids: z.array(z.string().min(1)).min(1).max(1000) })
const traceId = z.object({ trace_id: z.string().min(1) })
const wholeTrace = z.object({
  max_spans: z.coerce.number().int().min(0).optional(),
  max_bytes: z.coerce.number().int().min(0).optional(),
  first_spans: z.coerce.number().int().min(1).max(5000).optional(),
})
const unixNano = z
  .string()
  .regex(/^\d{1,19}$/, 'It must be a time in nanoseconds since the epoch')
  .transform(BigInt)
const ids = z.union([z.string().transform((id) => [id]), z.array(z.string())]).default([])
const changes = z.object({
  since_unix_nano: unixNano,
  open_span_id: ids,
  assessments: z.enum(['all', 'named']).default('all'),
  assessment_id: ids,
})
const turnPage = z.object({
  page_token: z.string().optional(),
  max_turns: z.coerce.number().int().min(1).max(500).default(100),
})
const searchedText = z.object({ text: z.string().min(1).max(1000) })

function pageRequestOf(page: {
  filter?: string | undefined
  page_token?: string | undefined
  max_results: number
}) {
  return {
    maxResults: page.max_results,
    ...(page.filter === undefined ? {} : { filter: page.filter }),
    ...(page.page_token === undefined ? {} : { pageToken: page.page_token }),
  }
}

/** What the web app reads. */
export function voxtraceRoutes(app: FastifyInstance, { store, readers, version, botUrl }: Context): void {
  app.get('/api/voxtrace/traces', async (request) => {
    const { experiment_id, order_by, order, ...page } = mlflow.readRequest(tracePage, request.query)
    const { items, nextPageToken } = await store.summaries.list({
      experimentIds: [experiment_id],
      order,
      ...(order_by === undefined ? {} : { orderBy: order_by }),
      ...pageRequestOf(page),
    })
    return { traces: items, nextPageToken }
  })

  app.get('/api/voxtrace/trace-ids', async (request) => {
    const { experiment_id, ...page } = mlflow.readRequest(idPage, request.query)
    const { items, nextPageToken } = await store.search.traceIds({
      experimentIds: [experiment_id],
      ...pageRequestOf(page),
    })
    return { traceIds: items, nextPageToken }
  })

  app.get('/api/voxtrace/traces/:trace_id', async (request) => {
    const id = mlflow.readRequest(traceId, request.params).trace_id
    const { max_spans, max_bytes, first_spans } = mlflow.readRequest(wholeTrace, request.query)
    const { spans, ...trace } = await store.traceReader.open(id, max_spans, max_bytes)
    if (spans !== null || first_spans === undefined) {
      return { ...trace, spans: spans?.map(spanToJson) ?? null }
    }
    return { ...trace, spans, firstPage: await spanPageOf(store, id, first_spans, null) }
  })

  app.get('/api/voxtrace/traces/:trace_id/changes', async (request) => {
    const id = mlflow.readRequest(traceId, request.params).trace_id
    const { since_unix_nano, open_span_id, assessments, assessment_id } = mlflow.readRequest(
      changes,
      request.query,
    )
    const { spans, ...trace } = await store.traceReader.changes(
      id,
      since_unix_nano,
      open_span_id,
      assessments === 'all' ? null : assessment_id,
    )
    return { ...trace, spans: spans.map(spanToJson) }
  })

  app.get('/api/voxtrace/traces/:trace_id/turns', async (request) => {
    const id = mlflow.readRequest(traceId, request.params).trace_id
    const { page_token, max_turns } = mlflow.readRequest(turnPage, request.query)
    const { spans, nextSpanId } = await store.traceReader.turns(id, max_turns, page_token ?? null)
    return { spans: spans.map(spanToJson), nextPageToken: nextSpanId }
  })

  app.get('/api/voxtrace/traces/:trace_id/matches', async (request) => {
    const id = mlflow.readRequest(traceId, request.params).trace_id
    const { text } = mlflow.readRequest(searchedText, request.query)
    return { spanIds: await store.traceReader.matches(id, text) }
  })

  app.get('/api/voxtrace/reviews', async (request) => {
    const query = mlflow.readRequest(reviewQueue, request.query)
    return store.reviews.list({
      experimentId: query.experiment_id,
      unit: query.unit,
      order: query.order,
      maxResults: query.max_results,
      ...(query.filter === undefined ? {} : { filter: query.filter }),
    })
  })

  app.get('/api/voxtrace/sessions', async (request) => {
    const { experiment_id, order, ...page } = mlflow.readRequest(sessionPage, request.query)
    const { items, nextPageToken } = await store.sessions.list(experiment_id, {
      order,
      ...pageRequestOf(page),
    })
    return { sessions: items, nextPageToken }
  })

  app.get('/api/voxtrace/session-ids', async (request) => {
    const { experiment_id, ...page } = mlflow.readRequest(idPage, request.query)
    const { items, nextPageToken } = await store.sessions.ids(experiment_id, pageRequestOf(page))
    return { sessionIds: items, nextPageToken }
  })

  app.post('/api/voxtrace/judge-again', async (request) => {
    const { trace_ids } = mlflow.readRequest(tracesToJudge, jsonOf(request))
    const turns = await store.reviews.endedTurns(trace_ids)
    await store.queue.enqueueAgain(turns)
    await store.queue.enqueueConversationsAgain(await store.reviews.endedConversations(trace_ids))
    return { turns: turns.length }
  })

  app.get('/api/voxtrace/status', async () => {
    const common = {
      version,
      mlflowVersion,
      liveReaders: readers.count,
      bot: { configured: botUrl !== null },
    }
    try {
      const [services, queue] = await Promise.all([store.services.list(), store.queue.state()])
      return { ...common, database: { reachable: true, problem: null }, services, queue }
    } catch (error) {
      if (!(error instanceof VoxtraceError)) throw error
      return { ...common, database: { reachable: false, problem: error.message }, services: [], queue: null }
    }
  })
}
