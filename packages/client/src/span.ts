import type { SpanContext } from '@opentelemetry/api'
import type { Json, JsonObject, SpanStatusCode } from '@voxtrace/model'
import { messageOf } from './capture.ts'
import type { SpanLogLevel } from './mlflow-names.ts'
import type { EndOptions, SpanEventOptions, SpanLinkOptions, TimeNs, TraceUpdate } from './options.ts'
import type { SpanRecord } from './record.ts'
import type { SpanRecorder } from './recorder.ts'
import type { SpanType } from './span-type.ts'
import { writeTraceparent } from './traceparent.ts'

/**
 * A span that is being recorded. Every method returns at once, takes any value and never throws; values are copied
 * when they are given, so that changing them afterwards changes nothing. After `end` the methods do nothing.
 */
export class LiveSpan {
  readonly #record: SpanRecord
  readonly #recorder: SpanRecorder

  constructor(record: SpanRecord, recorder: SpanRecorder) {
    this.#record = record
    this.#recorder = recorder
  }

  /** `tr-` and 32 hex digits. */
  get traceId(): string {
    return `tr-${this.#record.trace.id}`
  }

  /** 16 hex digits. */
  get spanId(): string {
    return this.#record.spanId
  }

  get parentId(): string | null {
    return this.#record.parentSpanId
  }

  get name(): string {
    return this.#record.name
  }

  get spanType(): SpanType {
    return this.#record.spanType
  }

  /** Nanoseconds since the epoch. */
  get startTimeNs(): TimeNs {
    return this.#record.startNs
  }

  /** Nanoseconds since the epoch, or null while the span is open. */
  get endTimeNs(): TimeNs | null {
    return this.#record.endNs
  }

  get status(): { statusCode: SpanStatusCode; description: string } {
    return { statusCode: this.#record.statusCode, description: this.#record.statusMessage }
  }

  get inputs(): Json | undefined {
    return structuredClone(this.#record.inputs)
  }

  get outputs(): Json | undefined {
    return structuredClone(this.#record.outputs)
  }

  get hasOutputs(): boolean {
    return this.#record.outputs !== undefined
  }

  getAttribute(key: string): Json | undefined {
    return structuredClone(this.#record.attributes?.[key])
  }

  get attributes(): JsonObject {
    return structuredClone(this.#record.attributes ?? {})
  }

  /** Whether it still takes anything in: it has not ended, and sampling did not leave its trace out. */
  get isRecording(): boolean {
    return this.#record.open
  }

  /** Whether its trace is kept. */
  get isSampled(): boolean {
    return this.#record.trace.sampled
  }

  /** W3C `traceparent` of this span, to hand to another process. */
  get traceparent(): string {
    const { trace, spanId } = this.#record
    return writeTraceparent(trace.id, spanId, trace.sampled)
  }

  /** What OpenTelemetry knows it by. */
  spanContext(): SpanContext {
    const { trace, spanId } = this.#record
    return { traceId: trace.id, spanId, traceFlags: trace.sampled ? 1 : 0 }
  }

  setName(name: string): void {
    try {
      this.#recorder.setName(this.#record, name)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  setSpanType(spanType: SpanType): void {
    try {
      this.#recorder.setSpanType(this.#record, spanType)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  setInputs(inputs: unknown): void {
    try {
      this.#recorder.setInputs(this.#record, inputs)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  setOutputs(outputs: unknown): void {
    try {
      this.#recorder.setOutputs(this.#record, outputs)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** Sets one attribute; an `undefined` value is ignored. */
  setAttribute(key: string, value: unknown): void {
    try {
      this.#recorder.setAttribute(this.#record, key, value)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  setAttributes(attributes: Record<string, unknown>): void {
    try {
      this.#recorder.setAttributes(this.#record, attributes)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** How serious it is, by its number or its name. */
  setLogLevel(level: SpanLogLevel): void {
    try {
      this.#recorder.setLogLevel(this.#record, level)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  setStatus(status: SpanStatusCode, description = ''): void {
    try {
      this.#recorder.setStatus(this.#record, status, description)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  addEvent(event: SpanEventOptions): void {
    try {
      this.#recorder.addEvent(this.#record, event)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** Records an error, and makes the status ERROR with its message. */
  fail(error: unknown): void {
    this.recordException(error)
    this.setStatus('ERROR', messageOf(error))
  }

  /** Told of a call that could not be carried out. */
  failed(error: unknown): void {
    this.#recorder.failed(error)
  }

  /** Adds an `exception` event in OpenTelemetry's form. Leaves the status as it is. */
  recordException(error: unknown): void {
    try {
      this.#recorder.recordException(this.#record, error)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** Links this span to another, which may be in another trace. */
  addLink(link: SpanLinkOptions): void {
    try {
      this.#recorder.addLink(this.#record, link)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** Ends the span and leaves a status that was not set as it is, as OpenTelemetry's spans do. */
  endUnset(endTimeNs: TimeNs | undefined): void {
    try {
      this.#recorder.end(this.#record, endTimeNs === undefined ? undefined : { endTimeNs }, true)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** Ends the span. The status becomes OK unless it is ERROR. Ending it again does nothing. */
  end(options?: EndOptions): void {
    try {
      this.#recorder.end(this.#record, options)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** Changes the trace this span is part of. */
  updateTrace(update: TraceUpdate): void {
    try {
      this.#recorder.updateTrace(this.#record.trace, update)
    } catch (error) {
      this.#recorder.failed(error)
    }
  }

  /** The record of a span, for the recorder that made it; null for anything else. */
  static recordOf(span: unknown, recorder: SpanRecorder): SpanRecord | null {
    const isOurs = typeof span === 'object' && span !== null && #record in span
    return isOurs && span.#recorder === recorder ? span.#record : null
  }

  /** The record of a span of ours, for what reads it and does not record. */
  static readingOf(span: LiveSpan): Readonly<SpanRecord> {
    return span.#record
  }
}
