import { createServer, type Server } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { Span } from '@voxtrace/model'
import { decodeTraceRequest } from '@voxtrace/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClient, init, shutdown, startSpan } from './index.ts'

let collector: Server
let url: string
let received: { path: string; headers: Record<string, unknown>; spans: readonly Span[] }[]
let answer: Uint8Array

/** Does what a Collector's receiver does with OTLP over HTTP. */
beforeEach(async () => {
  received = []
  answer = new Uint8Array()
  collector = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      const { spans } = decodeTraceRequest(bytes)
      received.push({ path: request.url ?? '', headers: request.headers, spans })
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(answer)
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const address = collector.address()
  url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : ''
})

afterEach(() => new Promise((resolve) => collector.close(resolve)))

describe('an OTLP endpoint', () => {
  it('gets spans alone, ended ones, with what their trace tells on the first', async () => {
    const client = createClient({
      otlp: { url: `${url}/custom/traces?x=1`, headers: { 'x-key': 'k' } },
      resource: { 'service.name': 'agent' },
      compression: 'gzip',
      announceDelayMs: 1,
    })
    const root = client.startSpan({
      name: 'root',
      sessionId: 's',
      userId: 'u',
      traceTags: { channel: 'web' },
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    client.startSpan({ name: 'child', parent: root }).end()
    root.end({ outputs: 'out' })
    const run = client.startRun()
    run.logMetric('m', 1)
    client.logFeedback({ traceId: root.traceId, name: 'f', value: 1 })
    await client.flush()
    await client.shutdown()
    expect(received.map(({ path, headers }) => [path, headers['x-key'], headers['content-type']])).toEqual([
      ['/custom/traces?x=1', 'k', 'application/x-protobuf'],
    ])
    const spans = received.flatMap((request) => request.spans)
    expect(spans.map(({ name }) => name).sort()).toEqual(['child', 'root'])
    expect(spans.find(({ name }) => name === 'root')).toMatchObject({
      resource: { 'service.name': 'agent' },
      attributes: { 'session.id': 's', 'user.id': 'u', 'mlflow.traceTag.channel': 'web' },
    })
    expect(client.stats()).toMatchObject({
      delivered: { spans: 2 },
      dropped: { no_server: { spans: 0, metrics: 1, other: 2 }, refused: { spans: 0 } },
    })
    await expect(run.whenCreated()).rejects.toThrow('OTLP')
  })

  it('that rejects a part of what it got says so, and the part is found', async () => {
    const client = createClient({ otlp: { url: `${url}/v1/traces` } })
    // ExportTraceServiceResponse { partial_success { rejected_spans: 1, error_message: "bad" } }
    answer = new Uint8Array([0x0a, 7, 0x08, 1, 0x12, 3, 0x62, 0x61, 0x64])
    client.startSpan({ name: 'rejected' }).end()
    await client.flush()
    await client.shutdown()
    expect(client.stats().dropped.refused.spans).toBe(1)
  })

  it('is taken from the variables that OpenTelemetry has for it', async () => {
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url
    process.env.OTEL_EXPORTER_OTLP_HEADERS = 'a=1,b=x%20y'
    process.env.OTEL_SERVICE_NAME = 'named'
    try {
      init()
      startSpan({ name: 'span' }).end()
      await shutdown()
    } finally {
      for (const key of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_SERVICE_NAME']) {
        delete process.env[key]
      }
    }
    expect(received).toMatchObject([
      {
        path: '/v1/traces',
        headers: { a: '1', b: 'x y' },
        spans: [{ resource: { 'service.name': 'named' } }],
      },
    ])
  })
})
