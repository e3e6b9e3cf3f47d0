import { AsyncLocalStorage } from 'node:async_hooks'
import { context, TraceFlags, trace } from '@opentelemetry/api'
import type { LiveSpan } from './span.ts'

const storage = new AsyncLocalStorage<LiveSpan>()

/** The span that `withSpan` made active around this call, in this chain of asynchronous calls. */
export function activeSpan(): LiveSpan | null {
  return storage.getStore() ?? null
}

/**
 * Runs `fn` with a span as the active one, for us and for OpenTelemetry, so that spans of other instrumentations become
 * its children where an OpenTelemetry context manager is registered.
 */
export function runInSpan<T>(span: LiveSpan, fn: (span: LiveSpan) => T): T {
  const spanContext = {
    traceId: span.traceId.slice('tr-'.length),
    spanId: span.spanId,
    traceFlags: TraceFlags.SAMPLED,
  }
  const active = trace.setSpanContext(context.active(), spanContext)
  return context.with(active, () => storage.run(span, fn, span))
}
