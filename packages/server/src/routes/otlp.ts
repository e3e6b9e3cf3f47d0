import { type Log, type Span, VoxtraceError } from '@voxtrace/model'
import {
  type DecodedSpans,
  decodeTraceRequest,
  decodeTraceRequestJson,
  traceResponse,
  traceResponseJson,
} from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bytesOf, inflated } from '../bodies.ts'
import { answerable, retryAfter } from '../errors.ts'

/** Bodies that may be under way at once; past it, clients are asked to come back. */
const largestInFlightBytes = 256 * 1024 * 1024

interface Context {
  store: Store
  log: Log
}

/** OTLP/HTTP, the traces signal: protobuf and JSON. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function otlpRoutes(app: FastifyInstance, { store, log }: Context): void {
  let inFlightBytes = 0
  app.post(
    '/v1/traces',
    {
      // Errors as MLflow's OTLP endpoint gives them, which is a FastAPI application.
      errorHandler: (error, request, reply) => {
        const known = answerable(error, log, request)
        retryAfter(known, reply)
        return reply.code(known.httpStatus).send({ detail: known.message })
      },
    },
    async (request, reply) => {
      const size = bytesOf(request).length
      if (inFlightBytes > 0 && inFlightBytes + size > largestInFlightBytes) {
        throw new VoxtraceError(
          'REQUEST_LIMIT_EXCEEDED',
          'Too many spans are on their way in. Send them again in a second.',
        )
      }
      inFlightBytes += size
      try {
        const isJson = formOf(request) === 'json'
        const body = await inflated(request)
        const decoded = isJson ? decodeTraceRequestJson(body) : decodeTraceRequest(body)
        await record(store, log, request, decoded)
        return isJson
          ? reply.send(traceResponseJson(decoded.rejected))
          : reply.type('application/x-protobuf').send(Buffer.from(traceResponse(decoded.rejected)))
      } finally {
        inFlightBytes -= size
      }
    },
  )
}

function formOf(request: FastifyRequest): 'protobuf' | 'json' {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf'
  if (type === 'application/json') return 'json'
  throw new VoxtraceError(
    'BAD_REQUEST',
    `Invalid Content-Type: ${type || '(none)'}. Expected: application/x-protobuf or application/json`,
  )
}

async function record(store: Store, log: Log, request: FastifyRequest, decoded: DecodedSpans): Promise<void> {
  const named = headerOf(request, 'x-mlflow-experiment-id')
  if (named !== undefined) await store.experiments.requireActive(named)
  const runId = await existingRun(store, log, headerOf(request, 'x-mlflow-run-id'))
  const byExperiment = new Map<string, Span[]>()
  const ids = new Map<string, string>()
  for (const span of decoded.spans) {
    const experimentId = named ?? (await experimentOf(store, span, ids))
    const spans = byExperiment.get(experimentId) ?? []
    byExperiment.set(experimentId, spans)
    spans.push(span)
  }
  for (const [experimentId, spans] of byExperiment) {
    await store.spans.record({ experimentId, spans, ...(runId === undefined ? {} : { runId }) })
  }
}

/** Spans that name no experiment go to the one that their resource names, else to the one named like their service. */
async function experimentOf(store: Store, span: Span, ids: Map<string, string>): Promise<string> {
  const name = [span.resource['voxtrace.experiment'], span.resource['service.name']].find(
    (value) => typeof value === 'string' && value.trim() !== '' && !value.startsWith('unknown_service'),
  )
  if (typeof name !== 'string') return '0'
  const known = ids.get(name) ?? (await store.experiments.idByName(name))
  ids.set(name, known)
  return known
}

async function existingRun(store: Store, log: Log, runId: string | undefined): Promise<string | undefined> {
  if (runId === undefined) return undefined
  try {
    return (await store.runs.get(runId)).info.runId
  } catch (error) {
    if (!(error instanceof VoxtraceError && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error
    log.warn('spans name a run that does not exist', { runId })
    return undefined
  }
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  const first = Array.isArray(value) ? value[0] : value
  return first === undefined || first === '' ? undefined : first
}
