import {
  type Context,
  context,
  type Span,
  SpanKind,
  type SpanOptions,
  type Tracer,
  type TracerOptions,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { type Client, recorderOf } from '../client.ts'
import { runIn, startIn, withActive } from '../context.ts'
import { extrasOf, type SpanRecord } from '../record.ts'
import type { SpanRecorder } from '../recorder.ts'
import { LiveSpan } from '../span.ts'
import { kinds } from './kinds.ts'
import { OpenTelemetrySpan } from './span.ts'
import { nanoseconds } from './time.ts'

/** Makes what an instrumentation is given for a span. */
type SpanMaker = (live: LiveSpan) => OpenTelemetrySpan

/** Records the spans of instrumentations that speak OpenTelemetry's API, without OpenTelemetry's SDK. */
export class RecordingTracerProvider implements TracerProvider {
  readonly #recorder: SpanRecorder
  readonly #makeSpan: SpanMaker
  readonly #tracers = new Map<string, Tracer>()

  /** `makeSpan`: for spans that are not to take in all that they are given. */
  constructor(client: Client, makeSpan: SpanMaker = (live) => new OpenTelemetrySpan(live)) {
    this.#recorder = recorderOf(client)
    this.#makeSpan = makeSpan
  }

  getTracer(name: string, version = '', _options?: TracerOptions): Tracer {
    const key = `${name}@${version}`
    const tracer =
      this.#tracers.get(key) ?? new RecordingTracer(this.#recorder, this.#makeSpan, name, version)
    this.#tracers.set(key, tracer)
    return tracer
  }
}

class RecordingTracer implements Tracer {
  readonly #recorder: SpanRecorder
  readonly #makeSpan: SpanMaker
  readonly #name: string
  readonly #version: string

  constructor(recorder: SpanRecorder, makeSpan: SpanMaker, name: string, version: string) {
    this.#recorder = recorder
    this.#makeSpan = makeSpan
    this.#name = name
    this.#version = version
  }

  startSpan(name: string, options?: SpanOptions, around: Context = context.active()): Span {
    try {
      return this.#recorded(name, options, around)
    } catch (error) {
      this.#recorder.failed(error)
      const record = this.#recorder.startTrace({ name: 'span', spanType: '' }, null, null)
      return this.#makeSpan(new LiveSpan(record, this.#recorder))
    }
  }

  #recorded(name: string, options: SpanOptions | undefined, around: Context): Span {
    const record = this.#start(name, options, options?.root === true ? trace.deleteSpan(around) : around)
    const span = this.#makeSpan(new LiveSpan(record, this.#recorder))
    if (record.open) {
      if (this.#name !== '') span.setAttribute('otel.scope.name', this.#name)
      if (this.#version !== '') span.setAttribute('otel.scope.version', this.#version)
      if (options !== undefined) this.#describe(span, record, options)
    }
    return span
  }

  #start(name: string, options: SpanOptions | undefined, around: Context): SpanRecord {
    const startTimeNs = options?.startTime === undefined ? undefined : nanoseconds(options.startTime)
    const given = startTimeNs === undefined ? { name, spanType: '' } : { name, spanType: '', startTimeNs }
    return startIn(around, given, this.#recorder, null)
  }

  #describe(span: OpenTelemetrySpan, record: SpanRecord, { kind, attributes, links }: SpanOptions): void {
    if (kind !== undefined && kind !== SpanKind.INTERNAL) extrasOf(record).kind = kinds[kind] ?? 'INTERNAL'
    if (attributes !== undefined) span.setAttributes(attributes)
    if (Array.isArray(links)) span.addLinks(links)
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    around: Context,
    fn: F,
  ): ReturnType<F>
  startActiveSpan(name: string, ...rest: unknown[]): unknown {
    const fn = rest.pop()
    if (typeof fn !== 'function') return undefined
    const [options, given] = rest
    const around = isContext(given) ? given : context.active()
    const span = this.startSpan(name, isSpanOptions(options) ? options : undefined, around)
    const active = span instanceof OpenTelemetrySpan ? withActive(span, around) : trace.setSpan(around, span)
    return runIn(active, () => Reflect.apply(fn, undefined, [span]))
  }
}

function isContext(value: unknown): value is Context {
  return typeof value === 'object' && value !== null && 'getValue' in value
}

function isSpanOptions(value: unknown): value is SpanOptions {
  return typeof value === 'object' && value !== null
}
