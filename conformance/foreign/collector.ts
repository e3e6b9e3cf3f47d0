import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { Span } from '@voxtrace/model'
import { decodeTraceRequest, decodeTraceRequestJson } from '@voxtrace/protocol'

/** A place that exporters can send to, which keeps what comes. */
export interface Collector {
  url: string
  /** Every span in the order of arrival. */
  spans: Span[]
  close(): Promise<void>
}

/** Takes OTLP over HTTP at `/v1/traces`, and says yes to what else a client may ask. */
export async function startCollector(): Promise<Collector> {
  const spans: Span[] = []
  const server = createServer((request, response) => {
    void take(request, spans).then(
      () => response.setHeader('content-type', request.headers['content-type'] ?? 'text/plain').end(),
      (error: unknown) => response.writeHead(400).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The collector has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

async function take(request: IncomingMessage, spans: Span[]): Promise<void> {
  const sent = await buffer(request)
  if (request.url !== '/v1/traces') return
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
  const isJson = request.headers['content-type']?.startsWith('application/json') === true
  const decoded = isJson ? decodeTraceRequestJson(body) : decodeTraceRequest(body)
  if (decoded.rejected.count > 0) throw new Error(decoded.rejected.messages.join('\n'))
  spans.push(...decoded.spans)
}
