import type {
  InstrumentationScope,
  Json,
  JsonObject,
  Span,
  SpanEvent,
  SpanLink,
  SpanStatus,
} from '@voxtrace/model'
import { spanKinds, statusCodes } from './decode.ts'
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
import { parseJsonKeepingIntegers } from './exact-json.ts'

type Fields = Record<string, unknown>

/**
 * Decodes an ExportTraceServiceRequest in OTLP/JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf encoding").
 *
 * Beyond the specification it takes what real exporters send: ids in hex or base64, 64-bit numbers as text or
 * number, enums as number or name, and member names in camelCase or snake_case. A span that is malformed is rejected
 * alone. Throws `VoxtraceError` BAD_REQUEST when the body around the spans is malformed.
 */
export function decodeTraceRequestJson(body: Uint8Array | string): DecodedSpans {
  const result: DecodedSpans = { spans: [], rejected: { count: 0, messages: [] } }
  const request = parseBody(body)
  try {
    for (const [index, resourceSpans] of members(request, 'resourceSpans', 'resource_spans').entries()) {
      const resource = attributesOf(child(resourceSpans, 'resource') ?? {})
      for (const [scopeIndex, scopeSpans] of members(resourceSpans, 'scopeSpans', 'scope_spans').entries()) {
        const scope = decodeScope(child(scopeSpans, 'scope') ?? {})
        const place = `resourceSpans[${index}].scopeSpans[${scopeIndex}].spans`
        for (const [spanIndex, span] of list(scopeSpans, 'spans').entries()) {
          try {
            if (!isFields(span)) throw new SpanRejected('it is not an object')
            result.spans.push(decodeSpan(span, resource, scope))
          } catch (error) {
            if (!(error instanceof SpanRejected)) throw error
            reject(result.rejected, `${place}[${spanIndex}]`, error.message)
          }
        }
      }
    }
  } catch (error) {
    if (error instanceof SpanRejected) throw malformedBody(error.message, error)
    throw error
  }
  return result
}

function parseBody(body: Uint8Array | string): Fields {
  let parsed: unknown
  try {
    const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body)
    parsed = parseJsonKeepingIntegers(text)
  } catch (error) {
    // The engine's own stack is the limit here.
    if (error instanceof RangeError) throw malformedBody('it is nested too deeply', error)
    throw malformedBody(error instanceof Error ? error.message : String(error), error)
  }
  if (!isFields(parsed)) throw malformedBody('it must be a JSON object with a member "resourceSpans"')
  return parsed
}

function decodeScope(scope: Fields): InstrumentationScope {
  return { name: text(scope, 'name'), version: text(scope, 'version'), attributes: attributesOf(scope) }
}

function decodeSpan(span: Fields, resource: JsonObject, scope: InstrumentationScope): Span {
  const traceId = id(span, 32, 'traceId', 'trace_id')
  if (traceId === null) throw new SpanRejected('traceId is missing or all zeros')
  const spanId = id(span, 16, 'spanId', 'span_id')
  if (spanId === null) throw new SpanRejected('spanId is missing or all zeros')
  const start = time(span, 'startTimeUnixNano', 'start_time_unix_nano')
  const end = time(span, 'endTimeUnixNano', 'end_time_unix_nano')
  return {
    traceId,
    spanId,
    parentSpanId: id(span, 16, 'parentSpanId', 'parent_span_id'),
    name: text(span, 'name'),
    kind: choice(span, 'kind', 'SPAN_KIND_', spanKinds) ?? 'UNSPECIFIED',
    startTimeUnixNano: start,
    endTimeUnixNano: end === 0n ? null : end,
    status: decodeStatus(child(span, 'status') ?? {}),
    attributes: attributesOf(span),
    events: members(span, 'events').map(decodeEvent),
    links: members(span, 'links').map(decodeLink),
    traceState: text(span, 'traceState', 'trace_state'),
    droppedAttributesCount: dropped(span),
    droppedEventsCount: count(span, 'droppedEventsCount', 'dropped_events_count'),
    droppedLinksCount: count(span, 'droppedLinksCount', 'dropped_links_count'),
    resource,
    scope,
  }
}

function decodeStatus(status: Fields): SpanStatus {
  return {
    code: choice(status, 'code', 'STATUS_CODE_', statusCodes) ?? 'UNSET',
    message: text(status, 'message'),
  }
}

function decodeEvent(event: Fields): SpanEvent {
  return {
    name: text(event, 'name'),
    timeUnixNano: time(event, 'timeUnixNano', 'time_unix_nano'),
    attributes: attributesOf(event),
    droppedAttributesCount: dropped(event),
  }
}

function decodeLink(link: Fields): SpanLink {
  const traceId = id(link, 32, 'traceId', 'trace_id')
  const spanId = id(link, 16, 'spanId', 'span_id')
  if (traceId === null || spanId === null) throw new SpanRejected('a link has no traceId or no spanId')
  return {
    traceId,
    spanId,
    traceState: text(link, 'traceState', 'trace_state'),
    attributes: attributesOf(link),
    droppedAttributesCount: dropped(link),
  }
}

function attributesOf(owner: Fields): JsonObject {
  return keyValues(list(owner, 'attributes'), 0)
}

function keyValues(entries: unknown[], depth: number): JsonObject {
  const object: JsonObject = {}
  for (const entry of entries) {
    if (!isFields(entry)) throw new SpanRejected('an attribute is not an object with "key" and "value"')
    setMember(object, text(entry, 'key'), anyValue(child(entry, 'value') ?? {}, depth))
  }
  return object
}

function anyValue(value: Fields, depth: number): Json {
  if (depth > deepestValue)
    throw new SpanRejected(`an attribute is nested deeper than ${deepestValue} levels`)
  for (const [name, content] of Object.entries(value)) {
    if (content === null || content === undefined) continue
    switch (name) {
      case 'stringValue':
      case 'string_value':
      case 'bytesValue':
      case 'bytes_value':
        if (typeof content === 'string') return content.toWellFormed()
        throw new SpanRejected(`${name} must be text`)
      case 'boolValue':
      case 'bool_value':
        if (typeof content === 'boolean') return content
        throw new SpanRejected(`${name} must be true or false`)
      case 'intValue':
      case 'int_value':
        return integer(content, name)
      case 'doubleValue':
      case 'double_value':
        return double(content, name)
      case 'arrayValue':
      case 'array_value':
        if (!isFields(content)) throw new SpanRejected(`${name} must be an object with "values"`)
        return list(content, 'values').map((item) => {
          if (!isFields(item)) throw new SpanRejected(`an item of ${name} is not an object`)
          return anyValue(item, depth + 1)
        })
      case 'kvlistValue':
      case 'kvlist_value':
        if (!isFields(content)) throw new SpanRejected(`${name} must be an object with "values"`)
        return keyValues(list(content, 'values'), depth + 1)
    }
  }
  return null
}

function integer(content: unknown, name: string): number | string {
  if (typeof content === 'number' && Number.isSafeInteger(content)) return content
  const digits =
    typeof content === 'number' && Number.isInteger(content) ? BigInt(content).toString() : content
  if (typeof digits === 'string' && /^-?\d{1,19}$/.test(digits)) {
    const value = BigInt(digits)
    if (BigInt.asIntN(64, value) === value) {
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : value.toString()
    }
  }
  throw new SpanRejected(`${name} must be a 64-bit integer as a number or decimal digits`)
}

function double(content: unknown, name: string): number | string {
  if (typeof content === 'number') return finiteOrText(content)
  if (typeof content === 'string') {
    if (content === 'NaN' || content === 'Infinity' || content === '-Infinity') return content
    const value = Number(content)
    if (content.trim() !== '' && !Number.isNaN(value)) return finiteOrText(value)
  }
  throw new SpanRejected(`${name} must be a number`)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first of the names that is present; null counts as absent, as in protobuf's JSON. */
function member(owner: Fields, names: string[]): unknown {
  for (const name of names) {
    const value = owner[name]
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

function text(owner: Fields, ...names: string[]): string {
  const value = member(owner, names) ?? ''
  if (typeof value !== 'string') throw new SpanRejected(`${names[0]} must be text`)
  return value.toWellFormed()
}

function child(owner: Fields, name: string): Fields | undefined {
  const value = member(owner, [name])
  if (value === undefined || isFields(value)) return value
  throw new SpanRejected(`${name} must be an object`)
}

function list(owner: Fields, ...names: string[]): unknown[] {
  const value = member(owner, names) ?? []
  if (!Array.isArray(value)) throw new SpanRejected(`${names[0]} must be an array`)
  return value
}

function members(owner: Fields, ...names: string[]): Fields[] {
  return list(owner, ...names).map((item) => {
    if (!isFields(item)) throw new SpanRejected(`an item of ${names[0]} is not an object`)
    return item
  })
}

function count(owner: Fields, ...names: string[]): number {
  const value = Number(member(owner, names) ?? 0)
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new SpanRejected(`${names[0]} must be an integer from 0 to 4294967295`)
  }
  return value
}

function dropped(owner: Fields): number {
  return count(owner, 'droppedAttributesCount', 'dropped_attributes_count')
}

function time(owner: Fields, ...names: string[]): bigint {
  const value = member(owner, names) ?? 0
  const name = names[0] ?? ''
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return checkedTime(name, BigInt(value))
  if (typeof value === 'number' && Number.isInteger(value)) return checkedTime(name, BigInt(value))
  throw new SpanRejected(`${name} must be nanoseconds since 1970 as decimal digits or a number`)
}

function choice<Name extends string>(
  owner: Fields,
  name: string,
  prefix: string,
  choices: readonly Name[],
): Name | undefined {
  const value = member(owner, [name])
  if (typeof value === 'number') return choices[value]
  if (typeof value === 'string') {
    const short = value.startsWith(prefix) ? value.slice(prefix.length) : value
    return choices.find((each) => each === short)
  }
  if (value === undefined) return undefined
  throw new SpanRejected(`${name} must be a number or a name`)
}

/** An id as lower-case hex digits, given as hex or base64; an empty one and zeros, which say "none", give null. */
function id(owner: Fields, digits: number, ...names: string[]): string | null {
  const value = text(owner, ...names)
  if (value === '') return null
  const hex =
    value.length === digits && /^[0-9a-fA-F]+$/.test(value) ? value.toLowerCase() : hexOfBase64(value)
  if (hex?.length !== digits) {
    throw new SpanRejected(`${names[0]} is "${value.slice(0, 64)}"; it must be ${digits} hex digits`)
  }
  return /^0+$/.test(hex) ? null : hex
}

function hexOfBase64(value: string): string | null {
  if (!/^[A-Za-z0-9+/_-]{8,24}={0,2}$/.test(value)) return null
  const plain = value.replaceAll('-', '+').replaceAll('_', '/').replaceAll('=', '')
  if (plain.length % 4 === 1) return null
  let hex = ''
  for (const character of atob(plain)) hex += character.charCodeAt(0).toString(16).padStart(2, '0')
  return hex
}
