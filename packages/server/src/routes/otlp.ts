import { httpStatusOf, type JsonObject, type Log, type Span, VoxtraceError } from '@voxtrace/model'
import {
  type DecodedSpans,
  decodeTraceRequest,
  decodeTraceRequestJson,
  traceResponse,
  traceResponseJson,
} from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Admission, type Admitted, announcedBytes } from '../admission.ts'
import { inflated } from '../bodies.ts'
import { answerable, retryAfter } from '../errors.ts'

/** Bodies that may be under way at once, as they are before decoding. */
const largestInFlightBytes = 128 * 1024 * 1024
/** How long the database may take before a client is asked to send again. */
const longestWriteMs = 30_000

export const otlpPath = '/v1/traces'

interface Context {
  store: Store
  log: Log
}

/** OTLP/HTTP, the traces signal: protobuf and JSON. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function otlpRoutes(app: FastifyInstance, { store, log }: Context): void {
  const admission = new Admission(
    largestInFlightBytes,
    'Too many spans are on their way in. Send them again in a second.',
  )
  const admitted = new WeakMap<FastifyRequest, Admitted>()
  /** Requests whose bytes are given back when they are written, however their connection ends. */
  const writing = new WeakSet<FastifyRequest>()
  app.post(
    otlpPath,
    {
      // Before the body is read, so that what cannot be taken is not held in memory either.
      onRequest: async (request, reply) => {
        const held = admission.admit(announcedBytes(request))
        admitted.set(request, held)
        // A request that breaks off never comes to its handler.
        reply.raw.once('close', () => {
          if (!writing.has(request)) held.go()
        })
      },
      // Errors as MLflow's OTLP endpoint gives them, which is a FastAPI application.
      errorHandler: (error, request, reply) => {
        const known = answerable(error, log, request)
        retryAfter(known, reply)
        return reply.code(httpStatusOf(known)).send({ detail: known.message })
      },
    },
    async (request, reply) => {
      const isJson = formOf(request) === 'json'
      const body = await inflated(request)
      const held = admitted.get(request)
      held?.resize(body.length)
      const decoded = isJson ? decodeTraceRequestJson(body) : decodeTraceRequest(body)
      writing.add(request)
      const written = record(store, log, request, decoded).finally(() => held?.go())
      await withinTime(written)
      return isJson
        ? reply.send(traceResponseJson(decoded.rejected))
        : reply.type('application/x-protobuf').send(Buffer.from(traceResponse(decoded.rejected)))
    },
  )
}

/** A write that the database does not finish is answered; should it finish later, sending it again changes nothing. */
async function withinTime(written: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new VoxtraceError(
            'TEMPORARILY_UNAVAILABLE',
            `The database has not answered for ${longestWriteMs / 1000} seconds. Send the spans again shortly.`,
          ),
        ),
      longestWriteMs,
    )
  })
  try {
    await Promise.race([written, late])
  } finally {
    clearTimeout(timer)
    written.catch(() => {})
  }
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
  // Spans share the resource that they came under.
  const ids = new Map<JsonObject, string>()
  for (const span of decoded.spans) {
    const experimentId = named ?? ids.get(span.resource) ?? (await experimentOf(store, span.resource))
    ids.set(span.resource, experimentId)
    const spans = byExperiment.get(experimentId) ?? []
    byExperiment.set(experimentId, spans)
    spans.push(span)
  }
  for (const [experimentId, spans] of byExperiment) {
    await store.spans.record({ experimentId, spans, ...(runId === undefined ? {} : { runId }) })
  }
}

/** Spans that name no experiment go to the one that their resource names, else to the one named like their service. */
async function experimentOf(store: Store, resource: JsonObject): Promise<string> {
  const name = [resource['voxtrace.experiment'], resource['service.name']].find(
    (value) => typeof value === 'string' && value.trim() !== '' && !value.startsWith('unknown_service'),
  )
  return typeof name === 'string' ? store.experiments.idByName(name) : '0'
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
