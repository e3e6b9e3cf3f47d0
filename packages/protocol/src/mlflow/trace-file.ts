import type { Span } from '@voxtrace/model'
import { decodeTraceRequestJson } from '../otlp/decode-json.ts'
import type { DecodedSpans } from '../otlp/decoded-spans.ts'
import { parseJsonKeepingIntegers } from '../otlp/exact-json.ts'
import { base64OfHex, mlflowSpanAttributes } from './spans.ts'

/**
 * Reads the `traces.json` that MLflow's SDKs upload beside a trace: `{"spans": [...]}`, each span like OTLP's in
 * JSON, but with attributes as an object of JSON texts.
 *
 * @throws VoxtraceError BAD_REQUEST, or SyntaxError, when the file is malformed
 */
export function decodeTraceFile(text: string): DecodedSpans {
  const file = parseJsonKeepingIntegers(text)
  const spans = isObject(file) && Array.isArray(file.spans) ? file.spans.filter(isObject).map(otlpSpan) : []
  return decodeTraceRequestJson(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
}

function otlpSpan(span: Record<string, unknown>): Record<string, unknown> {
  const events = Array.isArray(span.events) ? span.events.filter(isObject) : []
  return {
    ...span,
    attributes: keyValues(span.attributes),
    events: events.map((event) => ({
      name: event.name,
      time_unix_nano: event.time_unix_nano ?? event.timestamp ?? 0,
      attributes: keyValues(event.attributes),
    })),
    links: [],
  }
}

function keyValues(attributes: unknown): { key: string; value: { stringValue: string } }[] {
  if (!isObject(attributes)) return []
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: { stringValue: typeof value === 'string' ? value : JSON.stringify(value) },
  }))
}

function isObject(value: unknown): value is Record<string, unknown> {
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
