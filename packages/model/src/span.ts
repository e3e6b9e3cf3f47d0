import type { JsonObject } from './json.ts'

export type SpanStatusCode = 'UNSET' | 'OK' | 'ERROR'
export type SpanKind = 'UNSPECIFIED' | 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER'

export interface SpanStatus {
  code: SpanStatusCode
  message: string
}

export interface SpanEvent {
  name: string
  /** Nanoseconds since the epoch. */
  timeUnixNano: bigint
  attributes: JsonObject
  droppedAttributesCount: number
}

export interface SpanLink {
  /** 32 lower-case hex digits. */
  traceId: string
  /** 16 lower-case hex digits. */
  spanId: string
  traceState: string
  attributes: JsonObject
  droppedAttributesCount: number
}

export interface InstrumentationScope {
  name: string
  version: string
  attributes: JsonObject
}

/**
 * One timed operation, as OpenTelemetry records it.
 *
 * Attribute values are what the producer sent: MLflow's SDKs send JSON text in strings, others send plain
 * values. Read them through `conventions/`, never directly.
 */
export interface Span {
  /** 32 lower-case hex digits. The id of the trace that holds it is `tr-` + this. */
  traceId: string
  /** 16 lower-case hex digits. */
  spanId: string
  /** 16 lower-case hex digits, or null for a root. */
  parentSpanId: string | null
  name: string
  kind: SpanKind
  /** Nanoseconds since the epoch. */
  startTimeUnixNano: bigint
  /** Nanoseconds since the epoch, or null while the span is open. */
  endTimeUnixNano: bigint | null
  status: SpanStatus
  attributes: JsonObject
  events: SpanEvent[]
  links: SpanLink[]
  traceState: string
  droppedAttributesCount: number
  droppedEventsCount: number
  droppedLinksCount: number
  resource: JsonObject
  scope: InstrumentationScope
}
