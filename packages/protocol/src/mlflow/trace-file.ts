import { type Json, type JsonObject, mlflowAttributes, type Span } from '@voxtrace/model'
import { decodeTraceRequestJson } from '../otlp/decode-json.ts'
import type { DecodedSpans } from '../otlp/decoded-spans.ts'
import { parseJsonKeepingIntegers } from '../otlp/exact-json.ts'
import { base64OfHex, keyValues, mlflowSpanAttributes } from './spans.ts'

/**
 * Reads the `traces.json` that MLflow's SDKs upload beside a trace: `{"spans": [...]}`, each span like OTLP's in JSON, but
 * with attributes as an object. All spans are of the trace given as 32 hex digits: MLflow's TypeScript SDK (0.4) writes
 * another id into them, made by reading its `tr-…` as if it were hex digits.
 *
 * @throws VoxtraceError BAD_REQUEST, or SyntaxError, when the file is malformed
 */
export function decodeTraceFile(text: string, traceId: string): DecodedSpans {
  const file = parseJsonKeepingIntegers(text)
  const found = isObject(file) && Array.isArray(file.spans) ? file.spans.filter(isObject) : []
  const spans = found.map((span) => otlpSpan(span, traceId))
  return decodeTraceRequestJson(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
}

function otlpSpan(span: JsonObject, traceId: string): object {
  return {
    ...span,
    trace_id: traceId,
    attributes: isObject(span.attributes) ? keyValues(spanAttributes(span.attributes)) : [],
    events: objectsOf(span.events).map((event) => ({
      name: event.name,
      time_unix_nano: event.time_unix_nano ?? event.timestamp ?? 0,
      attributes: isObject(event.attributes) ? keyValues(event.attributes) : [],
    })),
    links: objectsOf(span.links).map((link) => ({
      trace_id: String(link.trace_id).replace(/^tr-/, ''),
      span_id: link.span_id,
      attributes: isObject(link.attributes) ? keyValues(link.attributes) : [],
    })),
  }
}

/**
 * MLflow's own attributes are JSON texts, as they are everywhere else. MLflow's Python SDK writes every attribute so, and
 * its TypeScript SDK the values themselves, which the id of the trace among them tells.
 */
function spanAttributes(attributes: JsonObject): JsonObject {
  const traceId = attributes[mlflowAttributes.traceRequestId]
  if (typeof traceId !== 'string' || traceId.startsWith('"')) return attributes
  const inJson = ([key, value]: [string, Json]) => [
    key,
    key.startsWith('mlflow.') ? JSON.stringify(value) : value,
  ]
  return Object.fromEntries(Object.entries(attributes).map(inJson))
}

function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Spans as the text of a `traces.json`: ids in base64, times as whole numbers, attributes as JSON texts. */
export function encodeTraceFile(spans: Span[]): string {
  return `{"spans":[${spans.map(spanText).join(',')}]}`
}

/** Written by hand, because JavaScript's numbers do not hold nanoseconds. */
function spanText(span: Span): string {
  const attributes = Object.entries(mlflowSpanAttributes(span)).map(([key, value]) => [
    key,
    JSON.stringify(value),
  ])
  const events = span.events.map(
    ({ name, timeUnixNano, attributes: of }) =>
      `{"name":${JSON.stringify(name)},"time_unix_nano":${timeUnixNano},"attributes":${JSON.stringify(of)}}`,
  )
  const head = JSON.stringify({
    trace_id: base64OfHex(span.traceId),
    span_id: base64OfHex(span.spanId),
    parent_span_id: span.parentSpanId === null ? null : base64OfHex(span.parentSpanId),
    name: span.name,
    status: { code: `STATUS_CODE_${span.status.code}`, message: span.status.message },
    attributes: Object.fromEntries(attributes),
    links: span.links.map((link) => ({
      trace_id: base64OfHex(link.traceId),
      span_id: base64OfHex(link.spanId),
      attributes: link.attributes,
    })),
  })
  const times = `"start_time_unix_nano":${span.startTimeUnixNano},"end_time_unix_nano":${span.endTimeUnixNano}`
  return `${head.slice(0, -1)},${times},"events":[${events.join(',')}]}`
}
