import { randomBytes } from 'node:crypto'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { jsonOf } from '../../bodies.ts'
import { searchOptions } from './search-options.ts'

const inPath = z.object({ request_id: z.string().min(1) })

/** The traces of MLflow's API version 2, which clients of before 3.0 speak. */
export function traceV2Routes(app: FastifyInstance, base: string, store: Store): void {
  app.post(`${base}/traces`, async (request) => {
    const start = mlflow.readRequest(mlflow.startTraceV2, jsonOf(request))
    const info = await store.traces.start({
      traceId: `tr-${randomBytes(16).toString('hex')}`,
      experimentId: start.experiment_id,
      requestTimeMs: start.timestamp_ms,
      state: 'IN_PROGRESS',
      metadata: record(start.request_metadata),
      tags: record(start.tags),
    })
    return { trace_info: mlflow.traceInfoV2Message(info) }
  })

  app.get(`${base}/traces`, async (request) => {
    const search = mlflow.readRequest(mlflow.searchTracesV2, request.query)
    const page = await store.search.traces({ ...searchOptions(search), experimentIds: search.experiment_ids })
    return {
      traces: page.items.map(mlflow.traceInfoV2Message),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  app.patch(`${base}/traces/:request_id`, async (request) => {
    const { request_id } = mlflow.readRequest(inPath, request.params)
    const end = mlflow.readRequest(mlflow.endTraceV2, jsonOf(request))
    const started = await store.traces.get(request_id)
    const info = await store.traces.start({
      traceId: request_id,
      experimentId: started.experimentId,
      requestTimeMs: started.requestTimeMs,
      executionDurationMs: end.timestamp_ms - started.requestTimeMs,
      state: end.status === 'TRACE_STATUS_UNSPECIFIED' ? 'STATE_UNSPECIFIED' : end.status,
      metadata: record(end.request_metadata),
      tags: record(end.tags),
    })
    return { trace_info: mlflow.traceInfoV2Message(info) }
  })

  app.get(`${base}/traces/:request_id/info`, async (request) => {
    const { request_id } = mlflow.readRequest(inPath, request.params)
    return { trace_info: mlflow.traceInfoV2Message(await store.traces.get(request_id)) }
  })
}

function record(list: { key: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ key, value }) => [key, value]))
}
