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
import { addLink, OpenTelemetrySpan } from './span.ts'
import { nanoseconds } from './time.ts'

/** Records the spans of instrumentations that speak OpenTelemetry's API, without OpenTelemetry's SDK. */
export class RecordingTracerProvider implements TracerProvider {
  readonly #recorder: SpanRecorder
  readonly #tracers = new Map<string, Tracer>()

  constructor(client: Client) {
    this.#recorder = recorderOf(client)
  }

  getTracer(name: string, version = '', _options?: TracerOptions): Tracer {
    const key = `${name}@${version}`
    const tracer = this.#tracers.get(key) ?? new RecordingTracer(this.#recorder, name, version)
    this.#tracers.set(key, tracer)
    return tracer
  }
}

class RecordingTracer implements Tracer {
  readonly #recorder: SpanRecorder
  readonly #name: string
  readonly #version: string

  constructor(recorder: SpanRecorder, name: string, version: string) {
    this.#recorder = recorder
    this.#name = name
    this.#version = version
  }

  startSpan(name: string, options?: SpanOptions, around: Context = context.active()): Span {
    try {
      return this.#recorded(name, options, around)
    } catch (error) {
      this.#recorder.failed(error)
      const record = this.#recorder.startTrace({ name: 'span', spanType: '' }, null, null)
      return new OpenTelemetrySpan(new LiveSpan(record, this.#recorder))
    }
  }

  #recorded(name: string, options: SpanOptions | undefined, around: Context): Span {
    const record = this.#start(name, options, options?.root === true ? trace.deleteSpan(around) : around)
    const live = new LiveSpan(record, this.#recorder)
    if (record.open) {
      if (this.#name !== '') live.setAttribute('otel.scope.name', this.#name)
      if (this.#version !== '') live.setAttribute('otel.scope.version', this.#version)
      if (options !== undefined) this.#describe(live, record, options)
    }
    return new OpenTelemetrySpan(live)
  }

  #start(name: string, options: SpanOptions | undefined, around: Context): SpanRecord {
    const startTimeNs = options?.startTime === undefined ? undefined : nanoseconds(options.startTime)
    const given = startTimeNs === undefined ? { name, spanType: '' } : { name, spanType: '', startTimeNs }
    return startIn(around, given, this.#recorder, null)
  }

  #describe(live: LiveSpan, record: SpanRecord, { kind, attributes, links }: SpanOptions): void {
    if (kind !== undefined && kind !== SpanKind.INTERNAL) extrasOf(record).kind = kinds[kind] ?? 'INTERNAL'
    if (attributes !== undefined) live.setAttributes(attributes)
    if (Array.isArray(links)) for (const link of links) addLink(live, link)
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
