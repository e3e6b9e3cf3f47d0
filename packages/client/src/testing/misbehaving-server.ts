import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { Span } from '@voxtrace/model'
import { decodeTraceRequest } from '@voxtrace/protocol'
import { isRecord } from '../outcome.ts'
import { lastingPort } from './lasting-port.ts'

/** How a request is answered: as it should be, or not. */
export type Behaviour =
  /** `when`: what is waited for first. */
  | { kind: 'answer'; when?: Promise<void> }
  /** Carried out, and the connection reset in the middle of the answer. */
  | { kind: 'reset after' }
  /** The connection is reset in the middle of the body. */
  | { kind: 'reset before' }
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  /** Bytes that are not HTTP. */
  | { kind: 'garbage' }
  /** No answer ever. */
  | { kind: 'silence' }

export interface Received {
  method: string
  path: string
  body: unknown
  /** The header that says where spans go; null without it. */
  experimentId: string | null
  atMs: number
}

interface StoredRun {
  experimentId: string
  tags: Map<string, string>
  params: Map<string, string>
  /** `key step timestamp value`, as MLflow's primary key. */
  metrics: Set<string>
  status: string
}

/** A small tracking server in memory that keeps what a real one keeps, over real HTTP, and misbehaves on demand. */
export class MisbehavingServer {
  readonly spans = new Map<string, Span>()
  /** Of every trace, the last info that was sent. */
  readonly traces = new Map<string, Record<string, unknown>>()
  readonly runs = new Map<string, StoredRun>()
  readonly experiments = new Map([['Default', '0']])
  readonly assessments = new Map<string, unknown>()
  readonly received: Received[] = []
  /** Spans that came with an end, as often as they came. */
  readonly endedArrivals: string[] = []
  behave: (request: Received) => Behaviour = () => ({ kind: 'answer' })
  readonly #sockets = new Set<Socket>()
  #server = createServer()
  #port: number | null = null

  get uri(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get paths(): string[] {
    return this.received.map((request) => `${request.method} ${request.path.split('?')[0]}`)
  }

  /** Starts, on the same port as before when it ran before. */
  async start(): Promise<this> {
    this.#port ??= await lastingPort()
    this.#server = createServer((request, response) => void this.#handle(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening')
    return this
  }

  /** Loses everything it keeps. */
  forget(): void {
    for (const kept of [this.spans, this.traces, this.runs, this.assessments]) kept.clear()
    this.received.length = 0
    this.endedArrivals.length = 0
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const atMs = Date.now()
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
    } catch {
      return
    }
    const raw = Buffer.concat(chunks)
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const isSound = request.headers['content-type']?.startsWith('audio/') === true
    const body: unknown = path === '/v1/traces' ? decodeTraceRequest(bytes) : isSound ? bytes : parsed(bytes)
    const header = request.headers['x-mlflow-experiment-id']
    const experimentId = typeof header === 'string' ? header : null
    const received: Received = { method: request.method ?? '', path, body, experimentId, atMs }
    this.received.push(received)
    const behaviour = this.behave(received)
    switch (behaviour.kind) {
      case 'silence':
        return
      case 'reset before':
        request.socket.resetAndDestroy()
        return
      case 'garbage':
        request.socket.end('\u0000\u0001 this is not HTTP\r\n\r\n')
        return
      case 'status':
        response.writeHead(behaviour.status, behaviour.headers ?? {}).end(behaviour.body ?? '')
        return
      case 'answer':
        await behaviour.when
    }
    const { status, answer } = this.#answer(received)
    const text = answer === null ? '' : JSON.stringify(answer)
    if (behaviour.kind === 'reset after') {
      response.writeHead(status, { 'content-length': text.length + 10 })
      response.write(text, () => request.socket.resetAndDestroy())
      response.flushHeaders()
      return
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  }

  #answer(request: Received): { status: number; answer: unknown } {
    const url = new URL(request.path, 'http://x')
    const body = isRecord(request.body) ? request.body : {}
    const assessment = /^\/api\/3\.0\/mlflow\/traces\/([^/]+)\/assessments$/.exec(url.pathname)
    if (assessment !== null) return this.#createAssessment(body.assessment)
    if (/^\/api\/voxtrace\/traces\/tr-[0-9a-f]{32}\/recordings/.test(url.pathname))
      return { status: 200, answer: {} }
    switch (url.pathname) {
      case '/api/voxtrace/status':
        return { status: 200, answer: {} }
      case '/v1/traces':
        if (request.experimentId === null) return { status: 422, answer: { detail: 'no experiment' } }
        this.#keepSpans(request.body)
        return { status: 200, answer: null }
      case '/api/3.0/mlflow/traces': {
        const info = isRecord(body.trace) && isRecord(body.trace.trace_info) ? body.trace.trace_info : {}
        this.traces.set(String(info.trace_id), info)
        return { status: 200, answer: { trace: { trace_info: info } } }
      }
      case '/api/2.0/mlflow/experiments/get-by-name': {
        const id = this.experiments.get(url.searchParams.get('experiment_name') ?? '')
        return id === undefined
          ? { status: 404, answer: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No such experiment.' } }
          : { status: 200, answer: { experiment: { experiment_id: id } } }
      }
      case '/api/2.0/mlflow/experiments/create': {
        const name = String(body.name)
        if (this.experiments.has(name)) {
          return { status: 400, answer: { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'It exists.' } }
        }
        this.experiments.set(name, String(this.experiments.size))
        return { status: 200, answer: { experiment_id: this.experiments.get(name) } }
      }
      default:
        return this.#answerRuns(url.pathname, body)
    }
  }

  #answerRuns(path: string, body: Record<string, unknown>): { status: number; answer: unknown } {
    const run = this.runs.get(String(body.run_id))
    switch (path) {
      case '/api/2.0/mlflow/runs/create': {
        const runId = (this.runs.size + 1).toString(16).padStart(32, '0')
        const tags = new Map(entries(body.tags))
        const experimentId = String(body.experiment_id)
        this.runs.set(runId, { experimentId, tags, params: new Map(), metrics: new Set(), status: 'RUNNING' })
        return { status: 200, answer: { run: { info: { run_id: runId } } } }
      }
      case '/api/2.0/mlflow/runs/search': {
        const key = /= '([0-9a-f]+)'$/.exec(String(body.filter))?.[1]
        const runs = [...this.runs].filter(([, stored]) => stored.tags.get('voxtrace.runKey') === key)
        return { status: 200, answer: { runs: runs.map(([run_id]) => ({ info: { run_id } })) } }
      }
      case '/api/2.0/mlflow/runs/log-batch':
        if (run === undefined) return noSuchRun
        for (const metric of Array.isArray(body.metrics) ? body.metrics.filter(isRecord) : []) {
          run.metrics.add(`${metric.key} ${metric.step} ${metric.timestamp} ${metric.value}`)
        }
        for (const [key, value] of entries(body.params)) run.params.set(key, value)
        for (const [key, value] of entries(body.tags)) run.tags.set(key, value)
        return { status: 200, answer: {} }
      case '/api/2.0/mlflow/runs/update':
        if (run === undefined) return noSuchRun
        run.status = String(body.status)
        return { status: 200, answer: {} }
      default:
        return { status: 404, answer: { error_code: 'ENDPOINT_NOT_FOUND', message: path } }
    }
  }

  #createAssessment(assessment: unknown): { status: number; answer: unknown } {
    const id = isRecord(assessment) ? String(assessment.assessment_id) : ''
    if (this.assessments.has(id)) {
      return { status: 400, answer: { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'It exists.' } }
    }
    this.assessments.set(id, assessment)
    return { status: 200, answer: { assessment } }
  }

  #keepSpans(decoded: unknown): void {
    if (!isDecoded(decoded)) return
    for (const span of decoded.spans) {
      const known = this.spans.get(span.spanId)
      if (span.endTimeUnixNano !== null) this.endedArrivals.push(span.spanId)
      if (known !== undefined && known.endTimeUnixNano !== null && span.endTimeUnixNano === null) continue
      this.spans.set(span.spanId, span)
    }
  }
}

const noSuchRun = { status: 404, answer: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No such run.' } }

function isDecoded(value: unknown): value is ReturnType<typeof decodeTraceRequest> {
  return isRecord(value) && Array.isArray(value.spans)
}

function parsed(bytes: Buffer): unknown {
  return bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8'))
}

function entries(list: unknown): [string, string][] {
  return (Array.isArray(list) ? list.filter(isRecord) : []).map(({ key, value }) => [
    String(key),
    String(value),
  ])
}
