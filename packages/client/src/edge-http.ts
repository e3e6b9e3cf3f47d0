import { type Connection, type HttpRequest, type HttpResponse, maxResponseBytes } from './http.ts'

/** Sends requests with `fetch`, for runtimes that have nothing else. */
export class FetchConnection implements Connection {
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #timeoutMs: number
  readonly #closed = new AbortController()

  constructor(base: URL, headers: Record<string, string>, timeoutMs: number) {
    this.#base = base.href.replace(/[?#].*$/, '').replace(/\/+$/, '')
    this.#headers = headers
    this.#timeoutMs = timeoutMs
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { body } = request
    const response = await fetch(this.#base + request.path, {
      method: request.method,
      headers: { ...this.#headers, ...request.headers },
      body: typeof body === 'string' || body === null ? body : new Blob([...body]),
      redirect: 'manual',
      signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.#timeoutMs)]),
    })
    const bytes = await response.arrayBuffer()
    if (bytes.byteLength > maxResponseBytes) {
      throw new Error(`The answer is longer than ${maxResponseBytes} bytes.`)
    }
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new TextDecoder().decode(bytes),
    }
  }

  close(): void {
    this.#closed.abort(new Error('The connection is closed.'))
  }
}
