import type { SpanStatusCode } from '@voxtrace/model'
import { type Capture, cutText, captureText as text } from './capture.ts'
import { nowNs } from './clock.ts'
import { newSpanId, newTraceId } from './ids.ts'
import { SpanAttributeKey, SpanLogLevel, TraceMetadataKey } from './mlflow-names.ts'
import type { OpenSpans } from './open-spans.ts'
import type {
  EndOptions,
  SpanEventOptions,
  SpanLinkOptions,
  SpanOptions,
  TimeNs,
  TraceUpdate,
} from './options.ts'
import {
  type ExperimentRef,
  extrasOf,
  infoOf,
  type SpanRecord,
  type TraceInfo,
  type TraceOrigin,
  type TraceRecord,
  traceState,
} from './record.ts'
import type { RunRecord } from './run.ts'
import type { Sampler } from './sampling.ts'
import { spanHooks } from './span-hooks.ts'
import { tracingContextHere } from './tracing-context.ts'

const maxAttributes = 512
const maxEvents = 512
const maxNameLength = 1024
const spanOverheadBytes = 400

/** What the recorder hands over: spans that have ended, and traces whose info has changed. */
export interface RecorderSink {
  spanEnded(record: SpanRecord): void
  traceChanged(trace: TraceRecord): void
  /** A trace was left out by sampling. */
  traceLeftOut(): void
  recordingFailed(error: unknown): void
}

/** Options of a span; a span that another tracer made keeps its id. */
export interface RecordedOptions extends SpanOptions {
  /** 16 hex digits. */
  spanId?: string
}

/** The parent of a trace's first span, when that is a span of another instrumentation or another process. */
export interface ForeignParent {
  /** 32 hex digits. */
  traceId: string
  /** 16 hex digits; empty when only the trace's id is known. */
  spanId: string
  origin: TraceOrigin
  sampled: boolean
}

/** Writes down what happens to spans. Runs on the caller's thread, so it does as little as it can. */
export class SpanRecorder {
  readonly #sink: RecorderSink
  readonly #open: OpenSpans
  readonly #experiment: ExperimentRef
  readonly #capture: Capture
  readonly #sampler: Sampler | null

  constructor(
    sink: RecorderSink,
    open: OpenSpans,
    experiment: ExperimentRef,
    capture: Capture,
    sampler: Sampler | null,
  ) {
    this.#sink = sink
    this.#open = open
    this.#experiment = experiment
    this.#capture = capture
    this.#sampler = sampler
  }

  /** Starts a span below a span of the same client. */
  start(options: RecordedOptions, parent: Pick<SpanRecord, 'trace' | 'spanId'>): SpanRecord {
    return this.#begin(options, parent.trace, parent.spanId)
  }

  /** Starts the first span of a trace. */
  startTrace(options: RecordedOptions, foreign: ForeignParent | null, run: RunRecord | null): SpanRecord {
    const id = foreign === null ? newTraceId() : foreign.traceId
    const around = tracingContextHere()
    const isOff = around?.enabled === false
    const isChosen = foreign === null ? this.#sampler === null || this.#sampler(id, options) : foreign.sampled
    if (!isChosen && !isOff) this.#sink.traceLeftOut()
    const trace: TraceRecord = {
      kind: 'trace',
      id,
      experiment: run?.experiment ?? this.#experiment,
      run,
      origin: foreign === null ? 'none' : foreign.origin,
      sampled: isChosen && !isOff,
      info: null,
      root: null,
      charged: 0,
      announced: false,
    }
    if (around !== null) {
      Object.assign(infoOf(trace).metadata, around.metadata)
      Object.assign(infoOf(trace).tags, around.tags)
    }
    const { traceMetadata: metadata, traceTags, sessionId, userId } = options
    if (metadata !== undefined) this.#putTexts(infoOf(trace), 'metadata', metadata)
    if (traceTags !== undefined) this.#putTexts(infoOf(trace), 'tags', traceTags)
    if (sessionId !== undefined || userId !== undefined) putPeople(infoOf(trace), options)
    const record = this.#begin(
      options,
      trace,
      foreign === null || foreign.spanId === '' ? null : foreign.spanId,
    )
    trace.root = record
    return record
  }

  #begin(options: RecordedOptions, trace: TraceRecord, parentSpanId: string | null): SpanRecord {
    const record = newRecord(options, trace, parentSpanId)
    if (!trace.sampled) return record
    if (options.inputs !== undefined) this.setInputs(record, options.inputs)
    if (options.attributes !== undefined) this.setAttributes(record, options.attributes)
    if (options.logLevel !== undefined) this.setLogLevel(record, options.logLevel)
    for (const link of options.links ?? []) this.addLink(record, link)
    this.#open.add(record)
    spanHooks.provided?.began(record, this)
    return record
  }

  /** Told of a call that could not be carried out. */
  failed(error: unknown): void {
    this.#sink.recordingFailed(error)
  }

  setName(record: SpanRecord, name: string): void {
    if (!record.open) return
    record.name = text(name, maxNameLength)
    this.#open.changed(record, record.name.length)
  }

  setSpanType(record: SpanRecord, spanType: string): void {
    if (!record.open) return
    record.spanType = text(spanType)
    this.#open.changed(record, record.spanType.length)
  }

  setInputs(record: SpanRecord, inputs: unknown): void {
    if (!record.open) return
    record.inputs = this.#capture.value(inputs)
    this.#open.changed(record, this.#capture.bytes)
  }

  setOutputs(record: SpanRecord, outputs: unknown): void {
    if (!record.open) return
    record.outputs = this.#capture.value(outputs)
    this.#open.changed(record, this.#capture.bytes)
  }

  setAttribute(record: SpanRecord, givenKey: string, value: unknown): void {
    if (!record.open || value === undefined) return
    const key =
      typeof givenKey === 'string' && givenKey.length <= maxNameLength
        ? givenKey
        : text(givenKey, maxNameLength)
    record.attributes ??= {}
    const attributes = record.attributes
    if (attributes[key] === undefined || !Object.hasOwn(attributes, key)) {
      if (record.attributeCount >= maxAttributes) {
        extrasOf(record).droppedAttributes++
        return
      }
      record.attributeCount++
    }
    const captured = this.#capture.value(value)
    if (key === '__proto__') Object.defineProperty(attributes, key, { value: captured, enumerable: true })
    else attributes[key] = captured
    this.#open.changed(record, this.#capture.bytes + key.length)
  }

  setAttributes(record: SpanRecord, attributes: Record<string, unknown>): void {
    if (!record.open || typeof attributes !== 'object' || attributes === null) return
    try {
      for (const key of Object.keys(attributes)) this.setAttribute(record, key, attributes[key])
    } catch (error) {
      this.failed(error)
    }
  }

  setLogLevel(record: SpanRecord, level: SpanLogLevel): void {
    this.setAttribute(
      record,
      SpanAttributeKey.LOG_LEVEL,
      typeof level === 'string' ? SpanLogLevel[level] : level,
    )
  }

  setStatus(record: SpanRecord, status: SpanStatusCode, description: string): void {
    if (!record.open) return
    record.statusCode = status === 'ERROR' || status === 'OK' ? status : 'UNSET'
    record.statusMessage = record.statusCode === 'ERROR' ? this.#capture.text(description) : ''
    this.#open.changed(record, record.statusMessage.length)
  }

  addEvent(record: SpanRecord, event: SpanEventOptions): void {
    if (!record.open) return
    const extras = extrasOf(record)
    if (extras.events.length >= maxEvents) {
      extras.droppedEvents++
      return
    }
    const attributes = this.#capture.object(event.attributes ?? {})
    const name = text(event.name, maxNameLength)
    extras.events.push({ name, timeNs: timeOr(event.timestamp, nowNs()), attributes })
    this.#open.changed(record, this.#capture.bytes + name.length + 64)
  }

  /** A link to another span; `traceId` with or without `tr-`. */
  addLink(record: SpanRecord, { traceId, spanId, attributes }: SpanLinkOptions): void {
    if (!record.open) return
    const id = text(traceId).replace(/^tr-/, '')
    if (!/^[0-9a-f]{32}$/.test(id) || !/^[0-9a-f]{16}$/.test(spanId)) {
      this.failed(new TypeError('A link names a trace by 32 and a span by 16 hex digits.'))
      return
    }
    const extras = extrasOf(record)
    if (extras.links.length >= maxEvents) {
      extras.droppedLinks++
      return
    }
    extras.links.push({ traceId: id, spanId, attributes: this.#capture.object(attributes ?? {}) })
    this.#open.changed(record, this.#capture.bytes + 128)
  }

  recordException(record: SpanRecord, error: unknown): void {
    if (!record.open) return
    this.addEvent(record, { name: 'exception', attributes: this.#exceptionAttributes(error) })
  }

  #exceptionAttributes(error: unknown): Record<string, string> {
    const captured = this.#capture.value(error)
    if (typeof captured !== 'object' || captured === null || Array.isArray(captured)) {
      return { 'exception.message': text(captured) }
    }
    const attributes: Record<string, string> = {}
    const { name, message, stack } = captured
    if (name !== undefined) attributes['exception.type'] = text(name)
    if (message !== undefined) attributes['exception.message'] = text(message, 32_768)
    if (stack !== undefined) attributes['exception.stacktrace'] = text(stack, 32_768)
    return attributes
  }

  /** Ends a span. A status that was not set becomes OK, unless `keepUnset`. */
  end(record: SpanRecord, options: EndOptions | undefined, keepUnset = false): void {
    if (!record.open) return
    const now = nowNs()
    let endNs: TimeNs = now
    if (options !== undefined && options !== null) {
      try {
        if (options.outputs !== undefined) this.setOutputs(record, options.outputs)
        if (options.attributes !== undefined) this.setAttributes(record, options.attributes)
        if (options.status !== undefined) this.setStatus(record, options.status, record.statusMessage)
        endNs = timeOr(options.endTimeNs, now)
      } catch (error) {
        this.failed(error)
      }
    }
    record.endNs = endNs < record.startNs ? record.startNs : endNs
    if (record.statusCode === 'UNSET' && !keepUnset) record.statusCode = 'OK'
    spanHooks.provided?.ending(record, this)
    record.open = false
    this.#open.remove(record)
    this.#sink.spanEnded(record)
    if (record.trace.root === record) this.#sink.traceChanged(record.trace)
  }

  updateTrace(trace: TraceRecord, update: TraceUpdate): void {
    if (!trace.sampled) return
    const info = infoOf(trace)
    try {
      const { metadata, tags, clientRequestId, requestPreview, responsePreview } = update
      if (metadata !== undefined) this.#putTexts(info, 'metadata', metadata)
      if (tags !== undefined) this.#putTexts(info, 'tags', tags)
      putPeople(info, update)
      if (clientRequestId !== undefined) info.clientRequestId = text(clientRequestId)
      if (requestPreview !== undefined) info.requestPreview = text(requestPreview)
      if (responsePreview !== undefined) info.responsePreview = text(responsePreview)
    } catch (error) {
      this.failed(error)
    }
    if (trace.announced || traceState(trace) !== 'IN_PROGRESS') this.#sink.traceChanged(trace)
  }

  #putTexts(info: TraceInfo, into: 'metadata' | 'tags', source: Record<string, unknown>): void {
    try {
      for (const [key, value] of Object.entries(this.#capture.texts(source))) {
        info[into][key] = value
        info.bytes += key.length + value.length
      }
    } catch (error) {
      this.failed(error)
    }
  }
}

function putPeople(info: TraceInfo, { sessionId, user, userId = user }: TraceUpdate): void {
  if (sessionId !== undefined) info.metadata[TraceMetadataKey.TRACE_SESSION] = text(sessionId)
  if (userId !== undefined) info.metadata[TraceMetadataKey.TRACE_USER] = text(userId)
}

function newRecord(options: RecordedOptions, trace: TraceRecord, parentSpanId: string | null): SpanRecord {
  const name = typeof options.name === 'string' ? options.name : text(options.name)
  return {
    kind: 'span',
    trace,
    spanId: options.spanId ?? newSpanId(),
    parentSpanId,
    name: name.length > maxNameLength ? cutText(name, maxNameLength) : name === '' ? 'span' : name,
    spanType: typeof options.spanType === 'string' ? text(options.spanType) : 'UNKNOWN',
    startNs: options.startTimeNs === undefined ? nowNs() : timeOr(options.startTimeNs, nowNs()),
    endNs: null,
    open: trace.sampled,
    statusCode: 'UNSET',
    statusMessage: '',
    inputs: undefined,
    outputs: undefined,
    attributes: null,
    attributeCount: 0,
    extras: null,
    bytes: spanOverheadBytes + Math.min(name.length, maxNameLength),
    charged: 0,
    announced: false,
    changed: false,
    watched: false,
    previous: null,
    next: null,
  }
}

function timeOr(time: TimeNs | undefined, fallback: number): TimeNs {
  if (typeof time === 'bigint') return time >= 0n && time < 1n << 63n ? time : fallback
  return typeof time === 'number' && time >= 0 && time < 2 ** 63 ? time : fallback
}
