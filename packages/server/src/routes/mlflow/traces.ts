import { setTimeout as sleep } from 'node:timers/promises'
import { type Span, type TraceInfo, traceMetadata, traceTags, VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { NewTrace, Store } from '@voxtrace/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { jsonOf } from '../../bodies.ts'
import { checkKey, limits, truncated } from './limits.ts'
import { newAssessment } from './new-assessment.ts'
import { searchOptions } from './search-options.ts'
import { traceV2Routes } from './traces-v2.ts'

const inPath = z.object({ trace_id: z.string().min(1) })

/** The traces of MLflow's API version 3. */
export function traceRoutes(app: FastifyInstance, prefix: string, { store }: { store: Store }): void {
  const base = `${prefix}/3.0/mlflow`
  const { traces } = store

  app.post(`${base}/traces`, async (request) => {
    const { trace } = mlflow.readRequest(mlflow.startTrace, jsonOf(request))
    const info = await traces.start(newTrace(trace.trace_info))
    return { trace: { trace_info: mlflow.traceInfoMessage(info) } }
  })

  app.get(`${base}/traces/get`, async (request) => {
    const query = mlflow.readRequest(mlflow.getTrace, request.query)
    const { info, spans } = await readTrace(store, query.trace_id, query.allow_partial)
    return { trace: { trace_info: mlflow.traceInfoMessage(info), spans: spans.map(mlflow.spanMessage) } }
  })

  app.get(`${base}/traces/batchGet`, async (request) => {
    const query = mlflow.readRequest(mlflow.batchGetTraces, request.query)
    const infos = await chosen(store, query)
    const spans = await store.spans.ofTraces(infos.map((info) => info.traceId))
    return {
      traces: infos
        .map((info) => ({ info, spans: spans.get(info.traceId) ?? [] }))
        .filter(({ info, spans }) => isComplete(info, spans))
        .map(({ info, spans }) => ({
          trace_info: mlflow.traceInfoMessage(info),
          spans: spans.map(mlflow.spanMessage),
        })),
    }
  })

  app.post(`${base}/traces/batchGetInfos`, async (request) => {
    const infos = await chosen(store, mlflow.readRequest(mlflow.batchGetTraces, jsonOf(request)))
    return { trace_infos: infos.map(mlflow.traceInfoMessage) }
  })

  app.post(`${base}/traces/search`, async (request) => {
    const search = mlflow.readRequest(mlflow.searchTraces, jsonOf(request))
    const experimentIds = search.locations.flatMap((location) =>
      location.mlflow_experiment == null ? [] : [location.mlflow_experiment.experiment_id],
    )
    const page = await store.search.traces({ ...searchOptions(search), experimentIds })
    return {
      traces: page.items.map(mlflow.traceInfoMessage),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  for (const version of ['2.0', '3.0']) {
    app.post(`${prefix}/${version}/mlflow/traces/delete-traces`, async (request) => {
      const deletion = mlflow.readRequest(mlflow.deleteTraces, jsonOf(request))
      return { traces_deleted: await deleteTraces(store, deletion) }
    })
    app.route({
      method: ['PATCH', 'DELETE'],
      url: `${prefix}/${version}/mlflow/traces/:trace_id/tags`,
      handler: (request) => changeTag(store, request),
    })
    app.post(`${prefix}/${version}/mlflow/traces/link-to-run`, async (request) => {
      const link = mlflow.readRequest(mlflow.linkTracesToRun, jsonOf(request))
      if (link.trace_ids.length > 100) {
        throw new VoxtraceError(
          'INVALID_PARAMETER_VALUE',
          `Cannot link more than 100 traces to a run in a single request. Provided ${link.trace_ids.length} traces.`,
        )
      }
      await traces.linkToRun(link.trace_ids, link.run_id)
      return {}
    })
  }

  app.post(`${prefix}/2.0/mlflow/traces/link-prompts`, async (request) => {
    const { trace_id, prompt_versions } = mlflow.readRequest(mlflow.linkPrompts, jsonOf(request))
    await store.tracePrompts.link(trace_id, prompt_versions)
    return {}
  })

  app.get(`${base}/traces/:trace_id`, async (request) => {
    const { trace_id } = mlflow.readRequest(inPath, request.params)
    return { trace: { trace_info: mlflow.traceInfoMessage(await traces.get(trace_id)) } }
  })

  traceV2Routes(app, `${prefix}/2.0/mlflow`, store)
}

function newTrace(info: z.output<typeof mlflow.startTrace>['trace']['trace_info']): NewTrace {
  return {
    traceId: info.trace_id,
    experimentId: info.trace_location.mlflow_experiment.experiment_id,
    clientRequestId: info.client_request_id ?? null,
    requestTimeMs: info.request_time,
    executionDurationMs: info.execution_duration ?? null,
    state: info.state,
    requestPreview: info.request_preview ?? null,
    responsePreview: info.response_preview ?? null,
    metadata: info.trace_metadata,
    tags: info.tags,
    assessments: info.assessments.map((assessment) => newAssessment(info.trace_id, assessment)),
  }
}

/** MLflow's waits for spans that are still on their way. */
const waitsMs = [0, 1000, 2000]

async function readTrace(
  store: Store,
  traceId: string,
  allowPartial: boolean,
): Promise<{ info: TraceInfo; spans: Span[] }> {
  for (const wait of waitsMs) {
    await sleep(wait)
    const info = await store.traces.get(traceId).catch((error: unknown) => {
      if (!(error instanceof VoxtraceError) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
      throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Trace with ID ${traceId} is not found.`)
    })
    const spans = await store.spans.ofTrace(traceId)
    if (allowPartial || isComplete(info, spans)) return { info, spans }
  }
  throw new VoxtraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `Trace with ID ${traceId} is not fully exported yet, please try again later.`,
  )
}

/** Whether every span that the client counted has arrived; without its count, whatever has arrived is complete. */
function isComplete(info: TraceInfo, spans: Span[]): boolean {
  try {
    const expected: unknown = JSON.parse(info.metadata[traceMetadata.sizeStats] ?? '{}')?.num_spans
    return typeof expected !== 'number' || spans.length >= expected
  } catch {
    // The client's own text; what is not JSON counts nothing.
    return true
  }
}

async function chosen(
  store: Store,
  query: { trace_ids: string[]; experiment_ids: string[] },
): Promise<TraceInfo[]> {
  const infos = await store.traces.getMany(query.trace_ids)
  if (query.experiment_ids.length === 0) return infos
  return infos.filter((info) => query.experiment_ids.includes(info.experimentId))
}

async function deleteTraces(store: Store, deletion: z.output<typeof mlflow.deleteTraces>): Promise<number> {
  const byIds = deletion.request_ids.length > 0
  const { max_timestamp_millis: newest, max_traces: most } = deletion
  if (!byIds && newest === undefined)
    throw refused('Either `max_timestamp_millis` or `trace_ids` must be specified.')
  if (byIds && newest !== undefined)
    throw refused('Only one of `max_timestamp_millis` and `trace_ids` can be specified.')
  if (byIds && most !== undefined)
    throw refused("`max_traces` can't be specified if `trace_ids` is specified.")
  if (most !== undefined && most <= 0)
    throw refused(`\`max_traces\` must be a positive integer, received ${most}.`)
  return store.traces.delete({
    experimentId: deletion.experiment_id,
    ...(byIds ? { traceIds: deletion.request_ids } : {}),
    ...(newest === undefined ? {} : { maxTimestampMs: newest }),
    ...(most === undefined ? {} : { limit: most }),
  })
}

async function changeTag(store: Store, request: FastifyRequest): Promise<object> {
  const { trace_id } = mlflow.readRequest(inPath, request.params)
  if (request.method === 'PATCH') {
    const { key, value } = mlflow.readRequest(mlflow.traceTag, jsonOf(request))
    checkKey('tag', key)
    checkMutable(key, 'set')
    await store.traces.setTag(trace_id, key, truncated(value, limits.traceTagValue))
  } else {
    const { key } = mlflow.readRequest(mlflow.traceTagKey, jsonOf(request))
    checkMutable(key, 'deleted')
    await store.traces.deleteTag(trace_id, key)
  }
  return {}
}

/** Where a trace's spans are is the server's to say. */
function checkMutable(key: string, change: 'set' | 'deleted'): void {
  if (key === traceTags.spansLocation)
    throw refused(`Tag '${key}' is immutable and cannot be ${change} on a trace.`)
}

function refused(message: string): VoxtraceError {
  return new VoxtraceError('INVALID_PARAMETER_VALUE', message)
}
