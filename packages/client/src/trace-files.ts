import type { JsonObject, Span } from '@voxtrace/model'
import { mlflowAttributes } from '@voxtrace/model'
import { decodeTraceRequest } from '@voxtrace/protocol/otlp/decode'
import { traceRequest } from '@voxtrace/protocol/otlp/encode'
import type { HttpRequest, HttpResponse } from './http.ts'
import type { SpansOperation } from './operation.ts'
import { isRecord, outcomeOf, parseObject, Undelivered } from './outcome.ts'

/** Traces whose spans are kept to write their file anew; the oldest are forgotten. */
const maxTraces = 200
const maxSpans = 20_000

export interface TraceFile {
  experimentId: string
  spans: Map<string, Span>
  /** Where the server keeps the trace's file: below its artifacts. */
  location: string | null
  /** The server was told of the trace by a span that is not its root, for want of that. */
  provisional: boolean
}

/**
 * The other way into an MLflow server, for those that take no OTLP: a trace's info is told, and its spans are one
 * file among its artifacts, written anew when more of them end (as MLflow's TypeScript SDK does).
 */
export class TraceFiles {
  readonly #send: (request: HttpRequest) => Promise<HttpResponse>
  readonly #traces: Map<string, TraceFile>

  /** `traces`: those that are known, by id. */
  constructor(send: (request: HttpRequest) => Promise<HttpResponse>, traces: Map<string, TraceFile>) {
    this.#send = send
    this.#traces = traces
  }

  /** Takes spans in, and writes the files of their traces. Throws `Undelivered` when the server does not take one. */
  async add(operation: SpansOperation, experimentId: string): Promise<void> {
    const { spans } = decodeTraceRequest(traceRequest({}, { name: '', version: '' }, [operation.fields]))
    const changed = new Set<string>()
    for (const span of spans) {
      const file = this.#fileOf(span.traceId, experimentId)
      if (file.spans.size < maxSpans) file.spans.set(span.spanId, span)
      changed.add(span.traceId)
    }
    for (const traceId of changed) {
      const file = this.#traces.get(traceId)
      if (file !== undefined) await this.#write(traceId, file)
    }
  }

  /** Told of the server's answer to a trace's info, which says where its file goes. */
  async told(trace: unknown): Promise<void> {
    const info = isRecord(trace) ? trace.trace_info : null
    if (!isRecord(info) || typeof info.trace_id !== 'string') return
    const file = this.#traces.get(info.trace_id.replace(/^tr-/, ''))
    if (file !== undefined) file.location = locationIn(info)
  }

  #fileOf(traceId: string, experimentId: string): TraceFile {
    let file = this.#traces.get(traceId)
    if (file === undefined) {
      file = { experimentId, spans: new Map(), location: null, provisional: false }
      this.#traces.set(traceId, file)
      const [oldest] = this.#traces.keys()
      if (this.#traces.size > maxTraces && oldest !== undefined) this.#traces.delete(oldest)
    }
    return file
  }

  async #write(traceId: string, file: TraceFile): Promise<void> {
    const root = [...file.spans.values()].find((span) => span.parentSpanId === null)
    if (file.location === null || (file.provisional && root !== undefined)) {
      file.location = await this.#begin(traceId, file, root)
    }
    if (file.location === null) {
      const reason = 'The server takes spans neither as OTLP nor as files among its artifacts.'
      throw new Undelivered({ kind: 'refused', reason, missing: false })
    }
    const body = JSON.stringify({ spans: [...file.spans.values()].map(fileSpan) })
    const path = `/api/2.0/mlflow-artifacts/artifacts${file.location}/traces.json`
    const headers = { 'content-type': 'application/json' }
    expectTaken(await this.#send({ method: 'PUT', path, headers, body, repeatable: true }))
  }

  /** Tells the server of a trace by what its spans say of it. */
  async #begin(traceId: string, file: TraceFile, found: Span | undefined): Promise<string | null> {
    const known = file.provisional
      ? null
      : await this.#request('GET', `/api/3.0/mlflow/traces/tr-${traceId}`, null)
    if (known !== null) return locationIn(known)
    const [first] = file.spans.values()
    const root = found ?? first
    if (root === undefined) return null
    file.provisional = found === undefined
    const durationMs = Number((root.endTimeUnixNano ?? root.startTimeUnixNano) - root.startTimeUnixNano) / 1e6
    const info = {
      trace_id: `tr-${traceId}`,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: file.experimentId } },
      request_time: new Date(Number(root.startTimeUnixNano / 1_000_000n)).toISOString(),
      execution_duration: `${(durationMs / 1000).toFixed(6)}s`,
      state: root.status.code === 'ERROR' ? 'ERROR' : 'OK',
      trace_metadata: { 'mlflow.trace_schema.version': '3' },
      tags: { 'mlflow.traceName': root.name },
    }
    const told = await this.#request('POST', '/api/3.0/mlflow/traces', { trace: { trace_info: info } })
    return told === null ? null : locationIn(told)
  }

  /** The trace info in the server's answer; null when it does not have the trace. */
  async #request(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
  ): Promise<Record<string, unknown> | null> {
    const headers: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' }
    const text = body === null ? null : JSON.stringify(body)
    const response = await this.#send({ method, path, headers, body: text, repeatable: true })
    if (method === 'GET' && response.status === 404) return null
    expectTaken(response)
    const trace = parseObject(response.body)?.trace
    const info = isRecord(trace) ? trace.trace_info : null
    return isRecord(info) ? info : null
  }
}

function expectTaken(response: HttpResponse): void {
  const outcome = outcomeOf(response)
  if (outcome.kind !== 'delivered') throw new Undelivered(outcome)
}

/** The path in `mlflow-artifacts:/PATH`, which the server's artifact proxy serves; null for any other location. */
function locationIn(info: Record<string, unknown>): string | null {
  const location = isRecord(info.tags) ? info.tags['mlflow.artifactLocation'] : null
  if (typeof location !== 'string' || !location.startsWith('mlflow-artifacts:')) return null
  return location.replace(/^mlflow-artifacts:(?:\/\/[^/]*)?/, '').replace(/\/+$/, '')
}

/** A span in the form of MLflow's `traces.json`: ids in base64, attributes as JSON in strings. */
function fileSpan(span: Span): JsonObject {
  return {
    trace_id: base64(span.traceId),
    span_id: base64(span.spanId),
    parent_span_id: span.parentSpanId === null ? '' : base64(span.parentSpanId),
    name: span.name,
    start_time_unix_nano: Number(span.startTimeUnixNano),
    end_time_unix_nano: span.endTimeUnixNano === null ? null : Number(span.endTimeUnixNano),
    status: { code: `STATUS_CODE_${span.status.code}`, message: span.status.message },
    attributes: Object.fromEntries(
      Object.entries(span.attributes).map(([key, value]) => [
        key,
        isMlflow(key) && typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
    events: span.events.map((event) => ({
      name: event.name,
      time_unix_nano: Number(event.timeUnixNano),
      attributes: event.attributes,
    })),
  }
}

const ownKeys = new Set<string>(Object.values(mlflowAttributes))

/** MLflow's own attributes are JSON in a string already. */
function isMlflow(key: string): boolean {
  return ownKeys.has(key) || key.startsWith('mlflow.')
}

function base64(hex: string): string {
  const bytes = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return btoa(String.fromCharCode(...bytes))
}
