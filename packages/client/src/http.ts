export interface HttpRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT'
  /** Path and query, below the base address. */
  path: string
  headers: Record<string, string>
  /** Bytes in parts that follow each other, so that nothing is copied to join them. */
  body: readonly Uint8Array<ArrayBuffer>[] | string | null
  /** Whether sending it twice does no more than sending it once. */
  repeatable: boolean
}

export interface HttpResponse {
  status: number
  statusText: string
  /** By lower-case name. */
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** Sends requests to one server. `send` rejects with an `Error` when no whole answer came. */
export interface Connection {
  send(request: HttpRequest): Promise<HttpResponse>
  /** Compresses a body that is in parts. */
  gzip(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>>
  /** Ends what is under way; later requests are rejected. */
  close(): void
}

export const maxResponseBytes = 4 * 1024 * 1024
