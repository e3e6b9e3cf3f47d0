import { runIn } from './context.ts'
import { activeContext, spanIn, withRemoteSpan } from './opentelemetry/api.ts'
import { readTraceparent, writeTraceparent } from './traceparent.ts'

/** The header that carries the active span to another process; empty when no span is active. */
export function getTracingContextHeadersForHttpRequest(): Record<string, string> {
  const active = spanIn(activeContext())?.spanContext()
  if (active === undefined) return {}
  const { traceId, spanId, traceFlags } = active
  return { traceparent: writeTraceparent(traceId, spanId, (traceFlags & 1) === 1) }
}

/**
 * Runs `fn` as a part of the span that the `traceparent` among the headers names: spans that start meanwhile are its
 * children. Headers without one change nothing.
 */
export function withTracingContextFromHeaders<T>(
  headers: Record<string, string | string[] | undefined> | Headers,
  fn: () => T,
): T {
  const parent = readTraceparent(traceparentIn(headers))
  if (parent === null) return fn()
  const { traceId, spanId, sampled } = parent
  const remote = { traceId, spanId, traceFlags: sampled ? 1 : 0, isRemote: true }
  return runIn(withRemoteSpan(activeContext(), remote), fn)
}

/** The same for a function that gives a promise. */
export async function withTracingContextFromHeadersAsync<T>(
  headers: Record<string, string | string[] | undefined> | Headers,
  fn: () => Promise<T>,
): Promise<T> {
  return withTracingContextFromHeaders(headers, fn)
}

function traceparentIn(headers: Record<string, string | string[] | undefined> | Headers): unknown {
  try {
    if (isHeaders(headers)) return headers.get('traceparent')
    for (const [name, value] of Object.entries(headers)) {
      if (name.toLowerCase() === 'traceparent') return value
    }
  } catch {
    // What cannot be read names no parent, and `fn` has to run all the same.
  }
  return undefined
}

/** The headers of any `fetch`, whichever realm or package they come from. */
function isHeaders(value: object): value is Headers {
  return 'get' in value && typeof value.get === 'function'
}
