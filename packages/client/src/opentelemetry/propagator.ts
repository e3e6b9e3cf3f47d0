import {
  type Context,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api'
import { readTraceparent, writeTraceparent } from '../traceparent.ts'

/** Carries the active span in the headers `traceparent` and `tracestate` (W3C Trace Context). */
export class TraceContextPropagator implements TextMapPropagator {
  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(active)
    if (span === undefined || !isSpanContextValid(span)) return
    const { traceId, spanId, traceFlags } = span
    setter.set(carrier, 'traceparent', writeTraceparent(traceId, spanId, (traceFlags & 1) === 1))
    const state = span.traceState?.serialize()
    if (state) setter.set(carrier, 'tracestate', state)
  }

  extract(active: Context, carrier: unknown, getter: TextMapGetter): Context {
    const parent = readTraceparent(getter.get(carrier, 'traceparent'))
    if (parent === null) return active
    const { traceId, spanId, sampled } = parent
    return trace.setSpanContext(active, { traceId, spanId, traceFlags: sampled ? 1 : 0, isRemote: true })
  }

  fields(): string[] {
    return ['traceparent', 'tracestate']
  }
}
