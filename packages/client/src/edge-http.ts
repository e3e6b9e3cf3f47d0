import { type Connection, type HttpRequest, type HttpResponse, maxResponseBytes } from './http.ts'

/** Sends requests with `fetch`, for runtimes that have nothing else. */
export class FetchConnection implements Connection {
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #timeoutMs: number
  /** One for each that is under way, since workerd lets no request use the controller of another. */
  readonly #underWay = new Set<AbortController>()
  #closed = false

  constructor(base: URL, headers: Record<string, string>, timeoutMs: number) {
    this.#base = base.href.replace(/[?#].*$/, '').replace(/\/+$/, '')
    this.#headers = headers
    this.#timeoutMs = timeoutMs
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    if (this.#closed) throw new Error('The connection is closed.')
    const abort = new AbortController()
    this.#underWay.add(abort)
    const timer = setTimeout(
      () => abort.abort(new Error(`No answer within ${this.#timeoutMs} ms.`)),
      this.#timeoutMs,
    )
    try {
      return await this.#send(request, abort.signal)
    } finally {
      clearTimeout(timer)
      this.#underWay.delete(abort)
    }
  }

  async #send({ method, path, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const response = await fetch(this.#base + path, {
      method,
      headers: { ...this.#headers, ...headers },
      body: typeof body === 'string' || body === null ? body : new Blob([...body]),
      redirect: 'manual',
      signal,
    })
    const bytes = await response.arrayBuffer()
    if (bytes.byteLength > maxResponseBytes) {
      throw new Error(`The answer is longer than ${maxResponseBytes} bytes.`)
    }
    return {
      status: response.status,
      statusText: response.statusText,
      headers: Object.fromEntries(response.headers),
      body: new TextDecoder().decode(bytes),
    }
  }

  async gzip(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
    const packed = new Blob([...parts]).stream().pipeThrough(new CompressionStream('gzip'))
    return new Uint8Array(await new Response(packed).arrayBuffer())
  }

  /** Ends what is under way; later requests are rejected. */
  close(): void {
    this.#closed = true
    for (const abort of this.#underWay) abort.abort(new Error('The connection is closed.'))
  }
}
