import type { SpanStatusCode } from '@voxtrace/model'
import { capture, captureObject, captureTexts, cutText, captureText as text } from './capture.ts'
import { nowNs } from './clock.ts'
import { newSpanId, newTraceId } from './ids.ts'
import type { OpenSpans } from './open-spans.ts'
import type { EndOptions, SpanEventOptions, SpanOptions, TimeNs, TraceUpdate } from './options.ts'
import { type ExperimentRef, type SpanRecord, type TraceRecord, traceState } from './record.ts'
import type { RunRecord } from './run.ts'

const maxAttributes = 512
const maxEvents = 512
const maxNameLength = 1024
const spanOverheadBytes = 400

/** What the recorder hands over: spans that have ended, and traces whose info has changed. */
export interface RecorderSink {
  spanEnded(record: SpanRecord): void
  traceChanged(trace: TraceRecord): void
}

/** Writes down what happens to spans. Runs on the caller's thread, so it does as little as it can. */
export class SpanRecorder {
  readonly #sink: RecorderSink
  readonly #open: OpenSpans
  readonly #experiment: ExperimentRef
  readonly #maxValueBytes: number
  readonly #onError: (error: unknown) => void

  constructor(
    sink: RecorderSink,
    open: OpenSpans,
    experiment: ExperimentRef,
    maxValueBytes: number,
    onError: (error: unknown) => void,
  ) {
    this.#sink = sink
    this.#open = open
    this.#experiment = experiment
    this.#maxValueBytes = maxValueBytes
    this.#onError = onError
  }

  start(options: SpanOptions, parent: SpanRecord | null, run: RunRecord | null): SpanRecord {
    const trace = parent === null ? this.#newTrace(options, run) : parent.trace
    const record = newRecord(options, trace, parent)
    if (parent === null) trace.root = record
    if (options.inputs !== undefined) this.setInputs(record, options.inputs)
    if (options.attributes !== undefined) this.setAttributes(record, options.attributes)
    this.#open.add(record)
    return record
  }

  #newTrace(options: SpanOptions, run: RunRecord | null): TraceRecord {
    const trace: TraceRecord = {
      kind: 'trace',
      id: newTraceId(),
      experiment: run?.experiment ?? this.#experiment,
      run,
      metadata: {},
      tags: {},
      clientRequestId: null,
      requestPreview: null,
      responsePreview: null,
      root: null,
      charged: 0,
      announced: false,
    }
    if (options.traceMetadata !== undefined) this.#putTexts(trace.metadata, options.traceMetadata)
    if (options.traceTags !== undefined) this.#putTexts(trace.tags, options.traceTags)
    return trace
  }

  /** Told of a call that could not be carried out. */
  failed(error: unknown): void {
    this.#onError(error)
  }

  setSpanType(record: SpanRecord, spanType: string): void {
    if (record.endNs !== null) return
    record.spanType = text(spanType)
    this.#open.changed(record)
  }

  setInputs(record: SpanRecord, inputs: unknown): void {
    if (record.endNs !== null) return
    const captured = capture(inputs, this.#maxValueBytes)
    record.inputs = captured.value
    record.bytes += captured.bytes
    this.#open.changed(record)
  }

  setOutputs(record: SpanRecord, outputs: unknown): void {
    if (record.endNs !== null) return
    const captured = capture(outputs, this.#maxValueBytes)
    record.outputs = captured.value
    record.bytes += captured.bytes
    this.#open.changed(record)
  }

  setAttribute(record: SpanRecord, givenKey: string, value: unknown): void {
    if (record.endNs !== null || value === undefined) return
    const key = text(givenKey, maxNameLength)
    record.attributes ??= {}
    const attributes = record.attributes
    if (!Object.hasOwn(attributes, key)) {
      if (record.attributeCount >= maxAttributes) {
        record.droppedAttributes++
        return
      }
      record.attributeCount++
    }
    const captured = capture(value, this.#maxValueBytes)
    attributes[key] = captured.value
    record.bytes += captured.bytes + key.length
    this.#open.changed(record)
  }

  setAttributes(record: SpanRecord, attributes: Record<string, unknown>): void {
    if (record.endNs !== null || typeof attributes !== 'object' || attributes === null) return
    try {
      for (const key in attributes) this.setAttribute(record, key, attributes[key])
    } catch (error) {
      this.#onError(error)
    }
  }

  setStatus(record: SpanRecord, status: SpanStatusCode, description: string): void {
    if (record.endNs !== null) return
    record.statusCode = statusCode(status)
    record.statusMessage =
      record.statusCode === 'ERROR' ? cutText(text(description), this.#maxValueBytes) : ''
    this.#open.changed(record)
  }

  addEvent(record: SpanRecord, event: SpanEventOptions): void {
    if (record.endNs !== null) return
    record.events ??= []
    const events = record.events
    if (events.length >= maxEvents) {
      record.droppedEvents++
      return
    }
    try {
      const captured = captureObject(event.attributes ?? {}, this.#maxValueBytes)
      const name = cutText(text(event.name), maxNameLength)
      events.push({ name, timeNs: timeOr(event.timestamp, nowNs()), attributes: captured.value })
      record.bytes += captured.bytes + name.length + 64
      this.#open.changed(record)
    } catch (error) {
      this.#onError(error)
    }
  }

  recordException(record: SpanRecord, error: unknown): void {
    if (record.endNs !== null) return
    this.addEvent(record, { name: 'exception', attributes: exceptionAttributes(error) })
  }

  end(record: SpanRecord, options: EndOptions | undefined): void {
    if (record.endNs !== null) return
    const now = nowNs()
    let endNs: TimeNs = now
    if (options !== undefined && options !== null) {
      try {
        if (options.outputs !== undefined) this.setOutputs(record, options.outputs)
        if (options.attributes !== undefined) this.setAttributes(record, options.attributes)
        if (options.status !== undefined) this.setStatus(record, options.status, record.statusMessage)
        endNs = timeOr(options.endTimeNs, now)
      } catch (error) {
        this.#onError(error)
      }
    }
    record.endNs = endNs < record.startNs ? record.startNs : endNs
    if (record.statusCode === 'UNSET') record.statusCode = 'OK'
    this.#open.remove(record)
    this.#sink.spanEnded(record)
    if (record.trace.root === record) this.#sink.traceChanged(record.trace)
  }

  updateTrace(trace: TraceRecord, update: TraceUpdate): void {
    try {
      if (update.metadata !== undefined) this.#putTexts(trace.metadata, update.metadata)
      if (update.tags !== undefined) this.#putTexts(trace.tags, update.tags)
      if (update.clientRequestId !== undefined) trace.clientRequestId = text(update.clientRequestId)
      if (update.requestPreview !== undefined) trace.requestPreview = text(update.requestPreview)
      if (update.responsePreview !== undefined) trace.responsePreview = text(update.responsePreview)
    } catch (error) {
      this.#onError(error)
    }
    if (trace.announced || traceState(trace) !== 'IN_PROGRESS') this.#sink.traceChanged(trace)
  }

  #putTexts(target: Record<string, string>, source: Record<string, unknown>): void {
    try {
      Object.assign(target, captureTexts(source, this.#maxValueBytes))
    } catch (error) {
      this.#onError(error)
    }
  }
}

function newRecord(options: SpanOptions, trace: TraceRecord, parent: SpanRecord | null): SpanRecord {
  const name = typeof options.name === 'string' ? options.name : text(options.name)
  return {
    kind: 'span',
    trace,
    spanId: newSpanId(),
    parentSpanId: parent === null ? null : parent.spanId,
    name: name.length > maxNameLength ? cutText(name, maxNameLength) : name === '' ? 'span' : name,
    spanType: typeof options.spanType === 'string' ? options.spanType : 'UNKNOWN',
    startNs: options.startTimeNs === undefined ? nowNs() : timeOr(options.startTimeNs, nowNs()),
    endNs: null,
    statusCode: 'UNSET',
    statusMessage: '',
    inputs: undefined,
    outputs: undefined,
    attributes: null,
    attributeCount: 0,
    droppedAttributes: 0,
    events: null,
    droppedEvents: 0,
    bytes: spanOverheadBytes,
    charged: 0,
    announced: false,
    changed: false,
  }
}

function timeOr(time: TimeNs | undefined, fallback: number): TimeNs {
  if (typeof time === 'bigint') return time >= 0n && time < 1n << 63n ? time : fallback
  return typeof time === 'number' && time >= 0 && time < 2 ** 63 ? time : fallback
}

function statusCode(status: unknown): SpanStatusCode {
  return status === 'ERROR' || status === 'OK' ? status : 'UNSET'
}

function exceptionAttributes(error: unknown): Record<string, string> {
  const captured = capture(error, 32_768).value
  if (typeof captured !== 'object' || captured === null || Array.isArray(captured)) {
    return { 'exception.message': text(captured) }
  }
  const attributes: Record<string, string> = {}
  if (captured.name !== undefined) attributes['exception.type'] = text(captured.name)
  if (captured.message !== undefined) attributes['exception.message'] = text(captured.message)
  if (captured.stack !== undefined) attributes['exception.stacktrace'] = text(captured.stack)
  return attributes
}
