import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api'
import { isBuiltIn } from '../is-a.ts'
import type { SpanEventOptions } from '../options.ts'
import type { LiveSpan } from '../span.ts'
import { nanoseconds } from './time.ts'

/** By OpenTelemetry's numbers. */
export const statuses = ['UNSET', 'OK', 'ERROR'] as const

/** A span of ours as OpenTelemetry's interface; what is done to it is done to the span. */
export class OpenTelemetrySpan implements Span {
  readonly live: LiveSpan

  constructor(live: LiveSpan) {
    this.live = live
  }

  spanContext(): SpanContext {
    return this.live.spanContext()
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
    return this.#attempt(() => {
      const isFirst = isTime(attributesOrTime)
      const timestamp = nanoseconds(isFirst ? attributesOrTime : time)
      const event: SpanEventOptions = { name }
      if (!isFirst && isAttributes(attributesOrTime)) event.attributes = attributesOrTime
      if (timestamp !== undefined) event.timestamp = timestamp
      this.live.addEvent(event)
    })
  }

  addLink(link: Link): this {
    return this.#attempt(() => addLink(this.live, link))
  }

  addLinks(links: Link[]): this {
    return this.#attempt(() => {
      for (const link of links) addLink(this.live, link)
    })
  }

  setStatus(status: SpanStatus): this {
    return this.#attempt(() => this.live.setStatus(statuses[status.code] ?? 'UNSET', status.message))
  }

  updateName(name: string): this {
    this.live.setName(name)
    return this
  }

  end(endTime?: TimeInput): void {
    this.#attempt(() => this.live.endUnset(nanoseconds(endTime)))
    if (this.live.isRecording) this.live.endUnset(undefined)
  }

  #attempt(act: () => void): this {
    try {
      act()
    } catch (error) {
      this.live.failed(error)
    }
    return this
  }

  isRecording(): boolean {
    return this.live.isRecording
  }

  recordException(exception: Exception): void {
    this.live.recordException(exception)
  }
}

function addLink(live: LiveSpan, link: Link): void {
  const { traceId = '', spanId = '' } = link?.context ?? {}
  live.addLink({ traceId, spanId, attributes: link?.attributes ?? {} })
}

/** Whether the second argument of `addEvent` is its time. */
export function isTime(value: unknown): value is TimeInput {
  return typeof value === 'number' || isBuiltIn(Date, value) || Array.isArray(value)
}

function isAttributes(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null
}
