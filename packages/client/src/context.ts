import type { Context, SpanContext } from '@opentelemetry/api'
import { newContextManager } from './context-manager.ts'
import {
  activeContext,
  isSpan,
  spanIn as otelSpanIn,
  rootContext,
  runIn as runInContext,
  withSpanIn,
} from './opentelemetry/api.ts'
import { OpenTelemetrySpan } from './opentelemetry/span.ts'
import type { SpanRecord } from './record.ts'
import type { ForeignParent, RecordedOptions, SpanRecorder } from './recorder.ts'
import type { RunRecord } from './run.ts'
import { LiveSpan } from './span.ts'
import { readTraceparent, writeTraceparent } from './traceparent.ts'

/** The nearest span of ours, also where a span of another instrumentation is the active one. */
const nearestKey = Symbol.for('@voxtrace/client span')

/** The span of ours that is active in this chain of asynchronous calls, or the nearest one around it. */
export function activeSpan(): LiveSpan | null {
  return spanIn(activeContext())
}

function spanIn(active: Context): LiveSpan | null {
  const span = otelSpanIn(active)
  if (span instanceof OpenTelemetrySpan) return span.live
  const nearest = active.getValue(nearestKey)
  return nearest instanceof LiveSpan ? nearest : null
}

/** What a span that starts in a context is part of. */
export interface ParentInContext {
  /** The span of ours that is active, or that the active one of another instrumentation is below. */
  live: LiveSpan | null
  /** The active span, when it is another instrumentation's or another process's. */
  foreign: ForeignParent | null
}

export function parentIn(active: Context): ParentInContext {
  const span = otelSpanIn(active)
  if (span === undefined) return noParent
  if (span instanceof OpenTelemetrySpan) return { live: span.live, foreign: null }
  return { live: spanIn(active), foreign: foreignParent(span.spanContext()) }
}

const noParent: ParentInContext = { live: null, foreign: null }

/** Starts a span as a part of what is active in a context; where nothing is, it begins a trace, of `run`. */
export function startIn(
  active: Context,
  options: RecordedOptions,
  recorder: SpanRecorder,
  run: RunRecord | null,
): SpanRecord {
  const { live, foreign } = parentIn(active)
  const record = live === null ? null : LiveSpan.recordOf(live, recorder)
  if (foreign === null && record !== null) return recorder.start(options, record)
  const parent = foreign ?? (live === null ? null : foreignParent(live.spanContext()))
  return record !== null && record.trace.id === parent?.traceId
    ? recorder.start(options, { trace: record.trace, spanId: parent.spanId })
    : recorder.startTrace(options, parent, run)
}

/** Null for what names no span. */
function foreignParent({ traceId, spanId, traceFlags, isRemote }: SpanContext): ForeignParent | null {
  const named = readTraceparent(writeTraceparent(traceId, spanId, (traceFlags & 1) === 1))
  return named === null || isRemote === true ? named : { ...named, origin: 'process' }
}

/**
 * The context in which a span is the active one that was named as a parent: of another client, or of whoever implements
 * OpenTelemetry's API. Where it is no span, that in which none is.
 */
export function contextOf(parent: unknown, recorder: SpanRecorder): Context {
  if (isSpan(parent)) return withSpanIn(rootContext, parent)
  recorder.failed(new TypeError('The parent is no span.'))
  return rootContext
}

/** A context in which a span is active, for us and for OpenTelemetry. */
export function withActive(span: OpenTelemetrySpan, around: Context): Context {
  return withSpanIn(around, span).setValue(nearestKey, span.live)
}

/**
 * Runs `fn` with a span as the active one. Spans that start meanwhile, ours and those of other instrumentations, are
 * its children. Where OpenTelemetry has no context manager, ours is registered.
 */
export function runInSpan<T>(span: LiveSpan, fn: (span: LiveSpan) => T): T {
  return runIn(withActive(new OpenTelemetrySpan(span), activeContext()), () => fn(span))
}

/** Runs `fn` in a context, also where OpenTelemetry has no context manager yet. */
export function runIn<T>(active: Context, fn: () => T): T {
  return runInContext(active, fn, newContextManager)
}
