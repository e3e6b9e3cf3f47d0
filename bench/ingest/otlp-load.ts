import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@voxtrace/model'
import { type EncodableSpan, encodeTraceRequest } from '@voxtrace/protocol/otlp/encode'
import { HttpConnection } from './http-connection.ts'

export const spansPerRequest = 50

const traceMark = 'ab'.repeat(16)
const spanMark = 'cd'.repeat(6)
const templateCount = 32

/** What a target is sent: where, and with which headers. */
export interface Target {
  url: string
  headers: Record<string, string>
}

export interface LoadResult {
  spans: number
  seconds: number
  /** Answers other than 200, by status. */
  refused: Map<number, number>
  /** How long the answers took, in milliseconds, sorted. */
  latencies: number[]
}

/** Requests of one trace with 50 spans of about 2 KB each; every body has ids of its own. */
export class OtlpBodies {
  readonly #templates: { body: Buffer; traceIds: number[]; spanIds: number[] }[]
  #next = 0

  constructor() {
    this.#templates = Array.from({ length: templateCount }, (_, index) => {
      const body = Buffer.from(
        encodeTraceRequest(
          spansOfOneTrace(BigInt(Date.now() + index * 1000) * 1_000_000n),
          { 'service.name': 'bench', 'telemetry.sdk.language': 'nodejs', 'host.name': 'bench-host' },
          { name: 'bench', version: '1.0.0' },
        ),
      )
      return { body, traceIds: placesOf(body, traceMark), spanIds: placesOf(body, spanMark) }
    })
  }

  get bytesPerRequest(): number {
    return this.#templates[0]?.body.length ?? 0
  }

  /** The body of a trace that was never sent. */
  next(): Buffer {
    const template = this.#templates[this.#next++ % templateCount]
    if (template === undefined) throw new Error('there are no templates')
    const body = Buffer.from(template.body)
    const ids = randomBytes(22)
    for (const place of template.traceIds) ids.copy(body, place, 0, 16)
    for (const place of template.spanIds) ids.copy(body, place, 16, 22)
    return body
  }

  /** The id, as MLflow writes it, of the trace that a body is of. */
  traceIdOf(body: Buffer): string {
    const place = this.#templates[0]?.traceIds[0] ?? 0
    return `tr-${body.toString('hex', place, place + 16)}`
  }
}

function placesOf(body: Buffer, hex: string): number[] {
  const mark = Buffer.from(hex, 'hex')
  const places: number[] = []
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) places.push(at)
  return places
}

const sentence =
  'The quick brown fox jumps over the lazy dog near the river bank while the evening sun goes down. '

/** An agent's work: a root, and below it steps that each retrieve, ask a model and use a tool. */
function spansOfOneTrace(start: bigint): EncodableSpan[] {
  return Array.from({ length: spansPerRequest }, (_, index) => {
    const step = Math.floor((index - 1) / 4)
    const kind = index === 0 ? 'agent' : (['step', 'retrieve', 'model', 'tool'] as const)[(index - 1) % 4]
    const parent = index === 0 ? null : kind === 'step' ? 0 : 1 + step * 4
    const began = start + BigInt(index) * 5_000_000n
    return {
      traceId: traceMark,
      spanId: spanId(index),
      parentSpanId: parent === null ? null : spanId(parent),
      name: `${kind} ${step + 1}`,
      kind: 'INTERNAL',
      startTimeUnixNano: began,
      endTimeUnixNano: began + BigInt(300 - index) * 5_000_000n,
      status: { code: 'OK', message: '' },
      attributes: { ...payload(index), ...(kind === 'model' ? modelCall(index) : {}) },
      events: [],
      links: [],
    }
  })
}

function payload(index: number): JsonObject {
  return {
    'input.value': JSON.stringify({ question: `${index}: ${sentence.repeat(9)}`, limit: 5 }),
    'output.value': JSON.stringify({ answer: `${index}: ${sentence.repeat(9)}`, finished: true }),
    'code.function': 'answer',
    'thread.id': 1,
    'bench.share': 0.25,
  }
}

function modelCall(index: number): JsonObject {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.usage.input_tokens': 100 + index,
    'gen_ai.usage.output_tokens': 20 + index,
  }
}

function spanId(index: number): string {
  return spanMark + index.toString(16).padStart(4, '0')
}

/** Sends bodies over `connections` connections for a while, each waiting for its answer. */
export async function load(
  target: Target,
  bodies: OtlpBodies,
  options: { connections: number; seconds: number },
): Promise<LoadResult> {
  const headers = { 'content-type': 'application/x-protobuf', ...target.headers }
  const latencies: number[] = []
  const refused = new Map<number, number>()
  const started = performance.now()
  const until = started + options.seconds * 1000
  let spans = 0
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const connection = new HttpConnection(target.url, headers)
      while (performance.now() < until) {
        const sent = performance.now()
        const status = await connection.post(bodies.next())
        latencies.push(performance.now() - sent)
        if (status === 200) spans += spansPerRequest
        else refused.set(status, (refused.get(status) ?? 0) + 1)
      }
      connection.close()
    }),
  )
  latencies.sort((a, b) => a - b)
  return { spans, seconds: (performance.now() - started) / 1000, refused, latencies }
}
