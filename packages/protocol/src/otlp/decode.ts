import type {
  InstrumentationScope,
  Json,
  JsonObject,
  Span,
  SpanEvent,
  SpanKind,
  SpanLink,
  SpanStatus,
  SpanStatusCode,
} from '@voxtrace/model'
import {
  checkedTime,
  type DecodedSpans,
  deepestValue,
  finiteOrText,
  malformedBody,
  reject,
  SpanRejected,
  setMember,
} from './decoded-spans.ts'
import { MalformedProtobuf, ProtobufReader } from './protobuf-reader.ts'

export const spanKinds: readonly SpanKind[] = [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
]
export const statusCodes: readonly SpanStatusCode[] = ['UNSET', 'OK', 'ERROR']

/**
 * Decodes a protobuf ExportTraceServiceRequest (opentelemetry-proto, `opentelemetry/proto/trace/v1/trace.proto`).
 *
 * A span that is malformed is rejected alone. Throws `VoxtraceError` BAD_REQUEST when the body around the spans is
 * malformed. Resource and scope attributes are shared by the spans they belong to, not copied.
 */
export function decodeTraceRequest(body: Uint8Array): DecodedSpans {
  const result: DecodedSpans = { spans: [], rejected: { count: 0, messages: [] } }
  const reader = new ProtobufReader(body)
  try {
    let index = 0
    while (!reader.atEnd) {
      const tag = reader.tag()
      if (tag === field(1, 2)) {
        const outer = reader.enter()
        decodeResourceSpans(reader, `resource_spans[${index++}]`, result)
        reader.leave(outer)
      } else reader.skip(tag)
    }
  } catch (error) {
    if (error instanceof MalformedProtobuf || error instanceof SpanRejected) {
      throw malformedBody(error.message, error)
    }
    throw error
  }
  return result
}

/** A field's number and wire type as they stand on the wire. */
function field(number: number, type: number): number {
  return number * 8 + type
}

/** A resource may stand behind the spans it belongs to, so the spans are passed over first and read afterwards. */
function decodeResourceSpans(reader: ProtobufReader, place: string, result: DecodedSpans): void {
  const resource: JsonObject = {}
  const scopeSpans: number[] = []
  while (!reader.atEnd) {
    const at = reader.position
    const tag = reader.tag()
    if (tag === field(1, 2)) {
      const outer = reader.enter()
      while (!reader.atEnd) {
        const inner = reader.tag()
        if (inner === field(1, 2)) decodeKeyValue(reader, resource, 0)
        else reader.skip(inner)
      }
      reader.leave(outer)
    } else {
      if (tag === field(2, 2)) scopeSpans.push(at)
      reader.skip(tag)
    }
  }
  for (const [index, at] of scopeSpans.entries()) {
    reader.position = at
    reader.tag()
    const outer = reader.enter()
    decodeScopeSpans(reader, resource, `${place}.scope_spans[${index}]`, result)
    reader.leave(outer)
  }
}

function decodeScopeSpans(
  reader: ProtobufReader,
  resource: JsonObject,
  place: string,
  result: DecodedSpans,
): void {
  const scope: InstrumentationScope = { name: '', version: '', attributes: {} }
  let index = 0
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 2)) {
      const outer = reader.enter()
      decodeScope(reader, scope)
      reader.leave(outer)
    } else if (tag === field(2, 2)) {
      const outer = reader.enter()
      const end = reader.end
      try {
        result.spans.push(decodeSpan(reader, resource, scope))
      } catch (error) {
        if (!(error instanceof MalformedProtobuf || error instanceof SpanRejected)) throw error
        reject(result.rejected, `${place}.spans[${index}]`, error.message)
      }
      index++
      reader.end = end
      reader.leave(outer)
    } else reader.skip(tag)
  }
}

function decodeScope(reader: ProtobufReader, scope: InstrumentationScope): void {
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 2)) scope.name = reader.string()
    else if (tag === field(2, 2)) scope.version = reader.string()
    else if (tag === field(3, 2)) decodeKeyValue(reader, scope.attributes, 0)
    else reader.skip(tag)
  }
}

function decodeSpan(reader: ProtobufReader, resource: JsonObject, scope: InstrumentationScope): Span {
  const attributes: JsonObject = {}
  const events: SpanEvent[] = []
  const links: SpanLink[] = []
  const status: SpanStatus = { code: 'UNSET', message: '' }
  let traceId: string | null = null
  let spanId: string | null = null
  let parentSpanId: string | null = null
  let name = ''
  let kind: SpanKind = 'UNSPECIFIED'
  let start = 0n
  let end = 0n
  let traceState = ''
  let droppedAttributesCount = 0
  let droppedEventsCount = 0
  let droppedLinksCount = 0
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(9, 2)) decodeKeyValue(reader, attributes, 0)
    else if (tag === field(1, 2)) traceId = decodeId(reader, 16, 'trace_id')
    else if (tag === field(2, 2)) spanId = decodeId(reader, 8, 'span_id')
    else if (tag === field(3, 2)) traceState = reader.string()
    else if (tag === field(4, 2)) parentSpanId = decodeId(reader, 8, 'parent_span_id')
    else if (tag === field(5, 2)) name = reader.string()
    else if (tag === field(6, 0)) kind = spanKinds[reader.uint32()] ?? 'UNSPECIFIED'
    else if (tag === field(7, 1)) start = reader.fixed64()
    else if (tag === field(8, 1)) end = reader.fixed64()
    else if (tag === field(10, 0)) droppedAttributesCount = reader.uint32()
    else if (tag === field(11, 2)) events.push(decodeEvent(reader))
    else if (tag === field(12, 0)) droppedEventsCount = reader.uint32()
    else if (tag === field(13, 2)) links.push(decodeLink(reader))
    else if (tag === field(14, 0)) droppedLinksCount = reader.uint32()
    else if (tag === field(15, 2)) decodeStatus(reader, status)
    else reader.skip(tag)
  }
  if (traceId === null) throw new SpanRejected('trace_id is missing or all zeros')
  if (spanId === null) throw new SpanRejected('span_id is missing or all zeros')
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    startTimeUnixNano: checkedTime('start_time_unix_nano', start),
    endTimeUnixNano: end === 0n ? null : checkedTime('end_time_unix_nano', end),
    status,
    attributes,
    events,
    links,
    traceState,
    droppedAttributesCount,
    droppedEventsCount,
    droppedLinksCount,
    resource,
    scope,
  }
}

function decodeEvent(reader: ProtobufReader): SpanEvent {
  const event: SpanEvent = { name: '', timeUnixNano: 0n, attributes: {}, droppedAttributesCount: 0 }
  const outer = reader.enter()
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 1)) event.timeUnixNano = checkedTime('time_unix_nano of an event', reader.fixed64())
    else if (tag === field(2, 2)) event.name = reader.string()
    else if (tag === field(3, 2)) decodeKeyValue(reader, event.attributes, 0)
    else if (tag === field(4, 0)) event.droppedAttributesCount = reader.uint32()
    else reader.skip(tag)
  }
  reader.leave(outer)
  return event
}

function decodeLink(reader: ProtobufReader): SpanLink {
  const link: SpanLink = {
    traceId: '',
    spanId: '',
    traceState: '',
    attributes: {},
    droppedAttributesCount: 0,
  }
  const outer = reader.enter()
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 2)) link.traceId = decodeId(reader, 16, 'trace_id of a link') ?? ''
    else if (tag === field(2, 2)) link.spanId = decodeId(reader, 8, 'span_id of a link') ?? ''
    else if (tag === field(3, 2)) link.traceState = reader.string()
    else if (tag === field(4, 2)) decodeKeyValue(reader, link.attributes, 0)
    else if (tag === field(5, 0)) link.droppedAttributesCount = reader.uint32()
    else reader.skip(tag)
  }
  reader.leave(outer)
  if (link.traceId === '' || link.spanId === '')
    throw new SpanRejected('a link has no trace_id or no span_id')
  return link
}

function decodeStatus(reader: ProtobufReader, status: SpanStatus): void {
  const outer = reader.enter()
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(2, 2)) status.message = reader.string()
    else if (tag === field(3, 0)) status.code = statusCodes[reader.uint32()] ?? 'UNSET'
    else reader.skip(tag)
  }
  reader.leave(outer)
}

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Reads an id as hex digits; empty bytes and zeros, which say "none", give null. */
function decodeId(reader: ProtobufReader, length: number, name: string): string | null {
  const bytes = reader.byteString()
  if (bytes.length === 0) return null
  if (bytes.length !== length)
    throw new SpanRejected(`${name} has ${bytes.length} bytes; it must have ${length}`)
  let hex = ''
  let bits = 0
  for (let index = 0; index < length; index++) {
    const byte = bytes[index] ?? 0
    bits |= byte
    hex += hexDigits[byte]
  }
  return bits === 0 ? null : hex
}

function decodeKeyValue(reader: ProtobufReader, into: JsonObject, depth: number): void {
  const outer = reader.enter()
  let key = ''
  let value: Json = null
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 2)) key = reader.string()
    else if (tag === field(2, 2)) value = decodeAnyValue(reader, depth)
    else reader.skip(tag)
  }
  reader.leave(outer)
  setMember(into, key, value)
}

function decodeAnyValue(reader: ProtobufReader, depth: number): Json {
  if (depth > deepestValue)
    throw new SpanRejected(`an attribute is nested deeper than ${deepestValue} levels`)
  const outer = reader.enter()
  let value: Json = null
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 2)) value = reader.string()
    else if (tag === field(2, 0)) value = reader.bool()
    else if (tag === field(3, 0)) value = reader.int64()
    else if (tag === field(4, 1)) value = finiteOrText(reader.double())
    else if (tag === field(5, 2)) value = decodeArray(reader, depth)
    else if (tag === field(6, 2)) value = decodeObject(reader, depth)
    else if (tag === field(7, 2)) value = base64(reader.byteString())
    else reader.skip(tag)
  }
  reader.leave(outer)
  return value
}

function decodeArray(reader: ProtobufReader, depth: number): Json[] {
  const outer = reader.enter()
  const values: Json[] = []
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 2)) values.push(decodeAnyValue(reader, depth + 1))
    else reader.skip(tag)
  }
  reader.leave(outer)
  return values
}

function decodeObject(reader: ProtobufReader, depth: number): JsonObject {
  const outer = reader.enter()
  const object: JsonObject = {}
  while (!reader.atEnd) {
    const tag = reader.tag()
    if (tag === field(1, 2)) decodeKeyValue(reader, object, depth + 1)
    else reader.skip(tag)
  }
  reader.leave(outer)
  return object
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 8192)
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(binary)
}
