import { VoxtraceError } from '@voxtrace/model'
import type { ClientOptions } from './options.ts'

/** Where a client sends to. */
export interface Destination {
  url: URL
  headers: Record<string, string>
  /** `tracking`: a tracking server below the address. `otlp`: the address takes spans, and nothing else. */
  kind: 'tracking' | 'otlp'
}

/** Reads it from the options. Throws a `VoxtraceError` when an address or a header cannot be used. */
export function destinationOf(options: ClientOptions): Destination {
  const { otlp, trackingUri, headers } = options
  if (otlp !== undefined) {
    const url = addressOf(otlp.url, 'otlp.url', 'http://localhost:4318/v1/traces')
    return { url, headers: checkedHeaders({ ...headers, ...otlp.headers }), kind: 'otlp' }
  }
  const url = addressOf(trackingUri ?? '', 'trackingUri', 'http://localhost:5000')
  return { url, headers: checkedHeaders({ ...accessHeaders(options), ...headers }), kind: 'tracking' }
}

function accessHeaders(options: ClientOptions): Record<string, string> {
  const {
    trackingServerUsername: name,
    trackingServerPassword: password,
    trackingServerToken: token,
  } = options
  const headers: Record<string, string> = {}
  if (name && password) headers.authorization = `Basic ${base64(`${name}:${password}`)}`
  else if (token) headers.authorization = `Bearer ${token}`
  if (options.workspace) headers['x-mlflow-workspace'] = options.workspace
  return headers
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

/** A name and a value that HTTP allows (RFC 9110, 5.1 and 5.5). `Headers` knows it too, and takes Node 20 ms to load. */
const header = /^[\w!#$%&'*+.^`|~-]+\n[\t\x20-\x7e\x80-\xff]*$/

function checkedHeaders(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!header.test(`${name}\n${value}`)) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `The header "${name}" cannot be sent; give a name and a value that HTTP allows.`,
      )
    }
  }
  return headers
}

function addressOf(given: string, option: string, example: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `${option} is "${given}"; give the server's address, such as ${example}.`,
    )
  }
  return url
}
