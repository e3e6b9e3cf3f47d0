import type { Json, JsonObject, SpanKind, SpanStatus } from '@voxtrace/model'
import { JsonText } from './json-text.ts'
import { ProtobufWriter, varintBytes } from './protobuf-writer.ts'

export { ProtobufWriter }

/**
 * OTLP trace requests in protobuf, written in one pass (opentelemetry-proto v1, `trace/v1/trace.proto`). Depends on
 * nothing, so that a tracing client stays small.
 *
 * A span is encoded once, as a whole `ScopeSpans.spans` field; fields of many spans put one behind the other inside
 * `traceRequest` are a request. So a batch can be split and joined without encoding anything again.
 */

/** What is encoded of an event. Times are nanoseconds since the epoch. */
export interface EncodableEvent {
  name: string
  timeUnixNano: bigint | number
  attributes: JsonObject
  droppedAttributesCount?: number
}

export interface EncodableLink {
  /** 32 hex digits. */
  traceId: string
  /** 16 hex digits. */
  spanId: string
  traceState?: string
  attributes: JsonObject
  droppedAttributesCount?: number
}

/** What is encoded of a span; a `Span` of the model is one. Ids are hex, times nanoseconds since the epoch. */
export interface EncodableSpan {
  traceId: string
  spanId: string
  parentSpanId: string | null
  name: string
  kind?: SpanKind
  startTimeUnixNano: bigint | number
  /** Null while the span is open, which is written as 0. */
  endTimeUnixNano: bigint | number | null
  status: SpanStatus
  attributes: JsonObject
  /** Attributes whose values go out as their JSON text. */
  jsonAttributes?: JsonObject
  events?: readonly EncodableEvent[]
  links?: readonly EncodableLink[]
  traceState?: string
  droppedAttributesCount?: number
  droppedEventsCount?: number
  droppedLinksCount?: number
}

export interface EncodableScope {
  name: string
  version: string
  attributes?: JsonObject
}

const spanKinds: Record<SpanKind, number> = {
  UNSPECIFIED: 0,
  INTERNAL: 1,
  SERVER: 2,
  CLIENT: 3,
  PRODUCER: 4,
  CONSUMER: 5,
}
const statusCodes: Record<SpanStatus['code'], number> = { UNSET: 0, OK: 1, ERROR: 2 }

/** Values nested deeper than this are written as text that says so; decoders limit depth to about 100. */
const maxDepth = 32

/** Writes one span as a `ScopeSpans.spans` field. */
export function writeSpan(writer: ProtobufWriter, span: EncodableSpan): void {
  const start = writer.begin(2)
  writer.hex(1, span.traceId)
  writer.hex(2, span.spanId)
  if (span.traceState !== undefined && span.traceState !== '') writer.string(3, span.traceState)
  if (span.parentSpanId !== null) writer.hex(4, span.parentSpanId)
  writer.string(5, span.name)
  if (span.kind !== undefined) writer.uint(6, spanKinds[span.kind])
  writer.fixed64(7, span.startTimeUnixNano)
  writer.fixed64(8, span.endTimeUnixNano ?? 0)
  writeAttributes(writer, 9, span.attributes)
  if (span.jsonAttributes !== undefined) writeJsonAttributes(writer, 9, span.jsonAttributes)
  if (span.droppedAttributesCount) writer.uint(10, span.droppedAttributesCount)
  for (const event of span.events ?? []) writeEvent(writer, event)
  if (span.droppedEventsCount) writer.uint(12, span.droppedEventsCount)
  for (const link of span.links ?? []) writeLink(writer, link)
  if (span.droppedLinksCount) writer.uint(14, span.droppedLinksCount)
  const status = writer.begin(15)
  if (span.status.message !== '') writer.string(2, span.status.message)
  writer.uint(3, statusCodes[span.status.code])
  writer.end(status)
  writer.end(start)
}

/**
 * What comes before encoded `ScopeSpans.spans` fields of so many bytes altogether, to make them an
 * `ExportTraceServiceRequest`.
 */
export function traceRequestHead(
  resource: JsonObject,
  scope: EncodableScope,
  spanBytes: number,
): Uint8Array<ArrayBuffer> {
  const parts = new ProtobufWriter(512)
  const resourceStart = parts.begin(1)
  writeAttributes(parts, 1, resource)
  parts.end(resourceStart)
  const resourceEnd = parts.length
  const scopeStart = parts.begin(1)
  parts.string(1, scope.name)
  parts.string(2, scope.version)
  if (scope.attributes !== undefined) writeAttributes(parts, 3, scope.attributes)
  parts.end(scopeStart)
  const scopeSpansBytes = parts.length - resourceEnd + spanBytes
  const writer = new ProtobufWriter(parts.length + 24)
  writer.beginKnown(1, resourceEnd + 1 + varintBytes(scopeSpansBytes) + scopeSpansBytes)
  writer.raw(parts.bytes(0, resourceEnd))
  writer.beginKnown(2, scopeSpansBytes)
  writer.raw(parts.bytes(resourceEnd))
  return writer.bytes()
}

/** Wraps encoded `ScopeSpans.spans` fields into an `ExportTraceServiceRequest`. */
export function traceRequest(
  resource: JsonObject,
  scope: EncodableScope,
  spanFields: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const spanBytes = spanFields.reduce((total, field) => total + field.length, 0)
  const head = traceRequestHead(resource, scope, spanBytes)
  const request = new Uint8Array(head.length + spanBytes)
  request.set(head)
  let position = head.length
  for (const field of spanFields) {
    request.set(field, position)
    position += field.length
  }
  return request
}

/** Encodes spans that share a resource and a scope as an `ExportTraceServiceRequest`. */
export function encodeTraceRequest(
  spans: readonly EncodableSpan[],
  resource: JsonObject,
  scope: EncodableScope,
): Uint8Array {
  const writer = new ProtobufWriter()
  for (const span of spans) writeSpan(writer, span)
  return traceRequest(resource, scope, [writer.bytes()])
}

function writeEvent(writer: ProtobufWriter, event: EncodableEvent): void {
  const start = writer.begin(11)
  writer.fixed64(1, event.timeUnixNano)
  writer.string(2, event.name)
  writeAttributes(writer, 3, event.attributes)
  if (event.droppedAttributesCount) writer.uint(4, event.droppedAttributesCount)
  writer.end(start)
}

function writeLink(writer: ProtobufWriter, link: EncodableLink): void {
  const start = writer.begin(13)
  writer.hex(1, link.traceId)
  writer.hex(2, link.spanId)
  if (link.traceState !== undefined && link.traceState !== '') writer.string(3, link.traceState)
  writeAttributes(writer, 4, link.attributes)
  if (link.droppedAttributesCount) writer.uint(5, link.droppedAttributesCount)
  writer.end(start)
}

function writeAttributes(writer: ProtobufWriter, field: number, attributes: JsonObject): void {
  for (const key of Object.keys(attributes)) {
    const value = attributes[key]
    if (value !== undefined) writeKeyValue(writer, field, key, value, 0)
  }
}

const jsonText = new JsonText()

function writeJsonAttributes(writer: ProtobufWriter, field: number, attributes: JsonObject): void {
  for (const key of Object.keys(attributes)) {
    const value = attributes[key]
    if (value === undefined) continue
    const text = jsonText.of(value)
    const start = writer.begin(field)
    writer.string(1, key)
    writer.beginKnown(2, 1 + varintBytes(text.length) + text.length)
    writer.encoded(1, text)
    writer.end(start)
  }
}

function writeKeyValue(writer: ProtobufWriter, field: number, key: string, value: Json, depth: number): void {
  const start = writer.begin(field)
  writer.string(1, key)
  const valueStart = writer.begin(2)
  writeAnyValue(writer, value, depth)
  writer.end(valueStart)
  writer.end(start)
}

/** The fields of an `AnyValue`; null is an `AnyValue` without a field. */
function writeAnyValue(writer: ProtobufWriter, value: Json, depth: number): void {
  switch (typeof value) {
    case 'string':
      writer.string(1, value)
      return
    case 'boolean':
      writer.uint(2, value ? 1 : 0)
      return
    case 'number':
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.int64(3, value)
      else writer.double(4, value)
      return
  }
  if (value === null) return
  if (depth >= maxDepth) {
    writer.string(1, '[cut: too deep]')
    return
  }
  if (Array.isArray(value)) {
    const array = writer.begin(5)
    for (const item of value) {
      const start = writer.begin(1)
      writeAnyValue(writer, item, depth + 1)
      writer.end(start)
    }
    writer.end(array)
    return
  }
  const list = writer.begin(6)
  for (const key of Object.keys(value)) {
    const item = value[key]
    if (item !== undefined) writeKeyValue(writer, 1, key, item, depth + 1)
  }
  writer.end(list)
}
