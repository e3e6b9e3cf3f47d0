import {
  type Context,
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  type SpanStatus,
} from '@opentelemetry/api'
import { type Client, recorderOf } from '../client.ts'
import { parentIn } from '../context.ts'
import type { TimeNs } from '../options.ts'
import { extrasOf, type SpanRecord } from '../record.ts'
import type { ForeignParent, SpanRecorder } from '../recorder.ts'
import { LiveSpan } from '../span.ts'
import { kinds } from './kinds.ts'
import { statuses } from './span.ts'
import { nanoseconds } from './time.ts'

/** What is read of a span of OpenTelemetry's SDK, of its major versions 1 to 3. */
export interface ReadableSpan {
  readonly name: string
  readonly kind: SpanKind
  spanContext(): SpanContext
  readonly parentSpanContext?: SpanContext | undefined
  readonly parentSpanId?: string | undefined
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly status: SpanStatus
  readonly attributes: Record<string, unknown>
  readonly links: readonly Link[]
  readonly events: readonly { name: string; time: HrTime; attributes?: Record<string, unknown> | undefined }[]
  readonly instrumentationScope?: { name: string; version?: string | undefined } | undefined
}

/**
 * Takes in the spans of another tracer provider: give it to the provider among its `spanProcessors`. Open spans are
 * announced as ours are. Spans that sampling left out there are left out here.
 */
export class VoxtraceSpanProcessor {
  readonly #client: Client
  readonly #recorder: SpanRecorder
  readonly #open = new WeakMap<object, SpanRecord>()

  constructor(client: Client) {
    this.#client = client
    this.#recorder = recorderOf(client)
  }

  onStart(span: ReadableSpan, parentContext: Context): void {
    try {
      this.#open.set(span, this.#start(span, parentContext))
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  onEnd(span: ReadableSpan): void {
    try {
      const record = this.#open.get(span) ?? this.#start(span, null)
      this.#open.delete(span)
      this.#end(span, record)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** Resolves when what was taken in is delivered, set aside or on disk. */
  forceFlush(): Promise<void> {
    return this.#client.flush()
  }

  /** Flushes. The client is the application's to stop. */
  shutdown(): Promise<void> {
    return this.#client.flush()
  }

  #start(span: ReadableSpan, parentContext: Context | null): SpanRecord {
    const { traceId, spanId, traceFlags } = span.spanContext()
    const startTimeNs = timeOf(span.startTime)
    const options = { name: span.name, spanType: '', startTimeNs, spanId }
    const parentSpanId = span.parentSpanContext?.spanId ?? span.parentSpanId ?? ''
    const nearest = parentContext === null ? null : parentIn(parentContext).live
    const live = nearest === null ? null : LiveSpan.recordOf(nearest, this.#recorder)
    if (live !== null && live.trace.id === traceId) {
      return this.#recorder.start(options, { trace: live.trace, spanId: parentSpanId })
    }
    const sampled = (traceFlags & 1) === 1
    const origin = span.parentSpanContext?.isRemote === true ? 'remote' : 'none'
    const parent: ForeignParent = { traceId, spanId: parentSpanId, origin, sampled }
    return this.#recorder.startTrace(options, parent, null)
  }

  #end(span: ReadableSpan, record: SpanRecord): void {
    const recorder = this.#recorder
    const { name, version } = span.instrumentationScope ?? {}
    recorder.setName(record, span.name)
    recorder.setAttributes(record, span.attributes)
    if (name) recorder.setAttribute(record, 'otel.scope.name', name)
    if (version) recorder.setAttribute(record, 'otel.scope.version', version)
    for (const event of span.events) {
      const timestamp = timeOf(event.time)
      recorder.addEvent(record, { name: event.name, timestamp, attributes: event.attributes ?? {} })
    }
    for (const link of span.links) {
      recorder.addLink(record, { ...link.context, attributes: link.attributes ?? {} })
    }
    if (record.open && span.kind !== SpanKind.INTERNAL) extrasOf(record).kind = kinds[span.kind] ?? 'INTERNAL'
    recorder.setStatus(record, statuses[span.status.code] ?? 'UNSET', span.status.message ?? '')
    recorder.end(record, { endTimeNs: timeOf(span.endTime) }, true)
  }
}

function timeOf(time: HrTime): TimeNs {
  return nanoseconds(time) ?? 0
}
