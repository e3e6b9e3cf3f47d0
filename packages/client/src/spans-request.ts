import type { JsonObject } from '@voxtrace/model'
import { traceRequestHead } from '@voxtrace/protocol/otlp/encode'
import type { HttpRequest } from './http.ts'
import type { SpansOperation } from './operation.ts'

const scope = { name: '@voxtrace/client', version: '0.1.0' }

/** What goes with spans, and how they are packed. */
export interface Packing {
  resource: JsonObject
  /** Null: not compressed. */
  gzip: ((parts: readonly Uint8Array<ArrayBuffer>[]) => Promise<Uint8Array<ArrayBuffer>>) | null
}

/** The OTLP request that carries spans. */
export async function spansRequest(
  path: string,
  operation: SpansOperation,
  packing: Packing,
): Promise<HttpRequest> {
  const { fields } = operation
  const headers: Record<string, string> = { 'content-type': 'application/x-protobuf' }
  let body = [traceRequestHead(packing.resource, scope, fields.length), fields]
  if (packing.gzip !== null) {
    body = [await packing.gzip(body)]
    headers['content-encoding'] = 'gzip'
  }
  return { method: 'POST', path, headers, body, repeatable: true }
}
