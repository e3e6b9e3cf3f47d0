import {
  type Attributes,
  type AttributeValue,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  TraceFlags,
} from '@opentelemetry/api'
import type { LiveSpan } from '../span.ts'
import { nanoseconds } from './time.ts'

/** A span of ours as OpenTelemetry's interface; what is done to it is done to the span. */
export class OpenTelemetrySpan implements Span {
  readonly live: LiveSpan
  #context: SpanContext | null = null

  constructor(live: LiveSpan) {
    this.live = live
  }

  spanContext(): SpanContext {
    this.#context ??= {
      traceId: this.live.traceId.slice('tr-'.length),
      spanId: this.live.spanId,
      traceFlags: this.live.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    }
    return this.#context
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.live.setAttribute(key, value)
    return this
  }

  setAttributes(attributes: Attributes): this {
    this.live.setAttributes(attributes)
    return this
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const isTime =
      typeof attributesOrTime === 'number' ||
      attributesOrTime instanceof Date ||
      Array.isArray(attributesOrTime)
    const timestamp = nanoseconds(isTime ? attributesOrTime : time)
    this.live.addEvent({
      name,
      ...(isTime || attributesOrTime === undefined ? {} : { attributes: { ...attributesOrTime } }),
      ...(timestamp === undefined ? {} : { timestamp }),
    })
    return this
  }

  addLink(link: Link): this {
    this.live.addLink({ ...link.context, attributes: link.attributes ?? {} })
    return this
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link)
    return this
  }

  setStatus(status: SpanStatus): this {
    const code = {
      [SpanStatusCode.OK]: 'OK',
      [SpanStatusCode.ERROR]: 'ERROR',
      [SpanStatusCode.UNSET]: 'UNSET',
    } as const
    this.live.setStatus(code[status.code] ?? 'UNSET', status.message)
    return this
  }

  updateName(name: string): this {
    this.live.setName(name)
    return this
  }

  end(endTime?: TimeInput): void {
    this.live.endUnset(nanoseconds(endTime))
  }

  isRecording(): boolean {
    return this.live.isRecording
  }

  recordException(exception: Exception): void {
    this.live.recordException(exception)
  }
}
