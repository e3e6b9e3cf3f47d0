/**
 * `@voxtrace/client/opentelemetry`: the client as the tracer provider of OpenTelemetry's API, and as a span processor of
 * OpenTelemetry's SDK.
 */
import { context, propagation, trace } from '@opentelemetry/api'
import { bindListeners } from '../bind-listeners.ts'
import type { Client } from '../client.ts'
import { newContextManager, provideBindListeners } from '../context-manager.ts'
import { TraceContextPropagator } from '../opentelemetry/propagator.ts'
import { RecordingTracerProvider } from '../opentelemetry/tracer-provider.ts'

export { type ReadableSpan, VoxtraceSpanProcessor } from '../opentelemetry/span-processor.ts'
export { RecordingTracerProvider } from '../opentelemetry/tracer-provider.ts'

/** Which parts of OpenTelemetry's API the client serves now; the others were registered by somebody before. */
export interface Registered {
  tracerProvider: boolean
  contextManager: boolean
  propagator: boolean
}

/**
 * Makes the client what OpenTelemetry's API works with, where nobody else is registered: spans of every
 * instrumentation that speaks the API are recorded, and contexts go along asynchronous calls and HTTP headers. With
 * OpenTelemetry's SDK use `VoxtraceSpanProcessor` in place of this.
 */
export function registerOpenTelemetry(client: Client): Registered {
  provideBindListeners(bindListeners)
  return {
    tracerProvider: trace.setGlobalTracerProvider(new RecordingTracerProvider(client)),
    contextManager: context.setGlobalContextManager(newContextManager()),
    propagator: propagation.setGlobalPropagator(new TraceContextPropagator()),
  }
}
