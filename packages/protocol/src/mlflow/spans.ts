import {
  type Json,
  type JsonObject,
  mlflowAttributes,
  type Span,
  spanInputs,
  spanOutputs,
  spanType,
} from '@voxtrace/model'

/**
 * A span as protobuf JSON of OTLP's Span, in the form that MLflow's clients expect of `traces/get`: ids in base64, and
 * every attribute a string that holds JSON, with MLflow's names for inputs, outputs and type beside the producer's own.
 */
export function spanMessage(span: Span) {
  return {
    trace_id: base64OfHex(span.traceId),
    span_id: base64OfHex(span.spanId),
    ...(span.parentSpanId === null ? {} : { parent_span_id: base64OfHex(span.parentSpanId) }),
    ...(span.traceState === '' ? {} : { trace_state: span.traceState }),
    name: span.name,
    kind: `SPAN_KIND_${span.kind}`,
    start_time_unix_nano: span.startTimeUnixNano.toString(),
    ...(span.endTimeUnixNano === null ? {} : { end_time_unix_nano: span.endTimeUnixNano.toString() }),
    attributes: Object.entries(mlflowSpanAttributes(span)).map(([key, value]) => ({
      key,
      value: { string_value: value },
    })),
    events: span.events.map((event) => ({
      time_unix_nano: event.timeUnixNano.toString(),
      name: event.name,
      attributes: keyValues(event.attributes),
    })),
    links: span.links.map((link) => ({
      trace_id: base64OfHex(link.traceId),
      span_id: base64OfHex(link.spanId),
      attributes: keyValues(link.attributes),
    })),
    status: {
      code: `STATUS_CODE_${span.status.code}`,
      ...(span.status.message === '' ? {} : { message: span.status.message }),
    },
  }
}

/** The attributes of a span as MLflow keeps them: JSON text under each key. */
export function mlflowSpanAttributes(span: Span): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [key, value] of Object.entries(span.attributes)) attributes[key] = jsonTextOf(value)
  attributes[mlflowAttributes.traceRequestId] ??= JSON.stringify(`tr-${span.traceId}`)
  attributes[mlflowAttributes.spanType] ??= JSON.stringify(spanType(span))
  const inputs = spanInputs(span)
  if (inputs !== null) attributes[mlflowAttributes.spanInputs] ??= JSON.stringify(inputs)
  const outputs = spanOutputs(span)
  if (outputs !== null) attributes[mlflowAttributes.spanOutputs] ??= JSON.stringify(outputs)
  return attributes
}

/** MLflow's SDKs send JSON in strings already; what is no JSON is made so. */
function jsonTextOf(value: Json): string {
  if (typeof value === 'string') {
    try {
      JSON.parse(value)
      return value
    } catch {
      return JSON.stringify(value)
    }
  }
  return JSON.stringify(value)
}

function keyValues(attributes: JsonObject): { key: string; value: object }[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

/** OTLP's AnyValue in protobuf JSON. */
function anyValue(value: Json): object {
  if (value === null) return {}
  if (typeof value === 'string') return { string_value: value }
  if (typeof value === 'boolean') return { bool_value: value }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { int_value: String(value) } : { double_value: value }
  }
  if (Array.isArray(value)) return { array_value: { values: value.map(anyValue) } }
  return { kvlist_value: { values: keyValues(value) } }
}

function base64OfHex(hex: string): string {
  let bytes = ''
  for (let index = 0; index + 1 < hex.length; index += 2) {
    bytes += String.fromCharCode(Number.parseInt(hex.slice(index, index + 2), 16))
  }
  return btoa(bytes)
}
