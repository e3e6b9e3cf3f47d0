import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { gzip } from 'node:zlib'

import { type Connection, type HttpRequest, type HttpResponse, maxResponseBytes } from './http.ts'

/** Sends requests to one server over kept-alive connections. Rejects with an `Error` when no whole answer came. */
export class HttpConnection implements Connection {
  readonly #base: URL
  readonly #prefix: string
  readonly #headers: Record<string, string>
  readonly #timeoutMs: number
  readonly #agent: HttpAgent | HttpsAgent
  #closed = false

  constructor(base: URL, headers: Record<string, string>, timeoutMs: number) {
    this.#base = base
    this.#prefix = base.pathname.replace(/\/+$/, '')
    this.#headers = headers
    this.#timeoutMs = timeoutMs
    const options = { keepAlive: true, maxSockets: 4, timeout: timeoutMs }
    this.#agent = base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#sendOnce(request)
    } catch (error) {
      if (error instanceof StaleConnection && request.repeatable) return this.#sendOnce(request)
      throw error
    }
  }

  gzip(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
    return new Promise((resolve, reject) => {
      gzip(Buffer.concat(parts), (error, packed) =>
        error === null ? resolve(new Uint8Array(packed)) : reject(error),
      )
    })
  }

  /** Ends what is under way; later requests are rejected. */
  close(): void {
    this.#closed = true
    this.#agent.destroy()
  }

  async #sendOnce(request: HttpRequest): Promise<HttpResponse> {
    if (this.#closed) throw new Error('The connection is closed.')
    const send = this.#base.protocol === 'https:' ? httpsRequest : httpRequest
    const headers: Record<string, string | number> = { ...this.#headers, ...request.headers }
    const parts = typeof request.body === 'string' ? [Buffer.from(request.body)] : (request.body ?? [])
    if (request.body !== null) headers['content-length'] = parts.reduce((sum, part) => sum + part.length, 0)
    return new Promise<HttpResponse>((resolve, reject) => {
      const outgoing = send({
        protocol: this.#base.protocol,
        hostname: this.#base.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: this.#base.port,
        method: request.method,
        path: this.#prefix + request.path,
        headers,
        agent: this.#agent,
      })
      const timer = setTimeout(() => {
        outgoing.destroy(new Error(`No answer within ${this.#timeoutMs} ms.`))
      }, this.#timeoutMs)
      outgoing.on('close', () => clearTimeout(timer))
      outgoing.on('response', (incoming) => readBody(incoming, resolve, reject))
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        reject(stale ? new StaleConnection(error.message, { cause: error }) : error)
      })
      for (const part of parts.slice(0, -1)) outgoing.write(part)
      outgoing.end(parts.at(-1))
    })
  }
}

/** A kept-alive connection that the server had closed already: the request was not seen and may go out again. */
class StaleConnection extends Error {}

function readBody(
  incoming: IncomingMessage,
  resolve: (response: HttpResponse) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxResponseBytes)
      incoming.destroy(new Error(`The answer is longer than ${maxResponseBytes} bytes.`))
    else chunks.push(chunk)
  })
  incoming.on('error', reject)
  incoming.on('close', () => {
    if (!incoming.complete) reject(new Error('The connection closed in the middle of the answer.'))
  })
  incoming.on('end', () => {
    if (!incoming.complete) return
    resolve({
      status: incoming.statusCode ?? 0,
      statusText: incoming.statusMessage ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    })
  })
}
