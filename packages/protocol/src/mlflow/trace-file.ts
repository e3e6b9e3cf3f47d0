import { decodeTraceRequestJson } from '../otlp/decode-json.ts'
import type { DecodedSpans } from '../otlp/decoded-spans.ts'
import { parseJsonKeepingIntegers } from '../otlp/exact-json.ts'

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
