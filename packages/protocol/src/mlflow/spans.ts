import {
  type Json,
  type JsonObject,
  mlflowAttributes,
  modelCost,
  modelName,
  type Span,
  spanInputs,
  spanOutputs,
  spanType,
  tokenUsage,
} from '@voxtrace/model'
import { exactInteger } from '../otlp/exact-json.ts'

/**
 * A span as protobuf JSON of OTLP's Span, in the form that MLflow's clients expect of `traces/get`: ids in base64,
 * attribute values plain, 64-bit integers as numbers.
 */
export function spanMessage(span: Span) {
  return {
    trace_id: base64OfHex(span.traceId),
    span_id: base64OfHex(span.spanId),
    ...(span.parentSpanId === null ? {} : { parent_span_id: base64OfHex(span.parentSpanId) }),
    ...(span.traceState === '' ? {} : { trace_state: span.traceState }),
    name: span.name,
    kind: `SPAN_KIND_${span.kind}`,
    start_time_unix_nano: exactInteger(span.startTimeUnixNano),
    ...(span.endTimeUnixNano === null ? {} : { end_time_unix_nano: exactInteger(span.endTimeUnixNano) }),
    attributes: keyValues(mlflowSpanAttributes(span)),
    events: span.events.map((event) => ({
      time_unix_nano: exactInteger(event.timeUnixNano),
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

/**
 * The attributes of a span under MLflow's names for inputs, outputs, type, trace, model, tokens and cost, beside the
 * producer's own.
 */
export function mlflowSpanAttributes(span: Span): JsonObject {
  const inputs = spanInputs(span)
  const outputs = spanOutputs(span)
  const model = modelName(span)
  const usage = tokenUsage(span)
  const cost = modelCost(span)
  const attributes: JsonObject = {
    [mlflowAttributes.traceRequestId]: `tr-${span.traceId}`,
    [mlflowAttributes.spanType]: spanType(span),
    ...(inputs === null ? {} : { [mlflowAttributes.spanInputs]: inputs }),
    ...(outputs === null ? {} : { [mlflowAttributes.spanOutputs]: outputs }),
    ...(model === null ? {} : { [mlflowAttributes.llmModel]: model }),
    ...(usage === null
      ? {}
      : {
          [mlflowAttributes.chatTokenUsage]: known({
            input_tokens: usage.inputTokens,
            output_tokens: usage.outputTokens,
            total_tokens: usage.totalTokens,
          }),
        }),
    ...(cost === null
      ? {}
      : {
          [mlflowAttributes.llmCost]: known({
            input_cost: cost.input,
            output_cost: cost.output,
            total_cost: cost.total,
          }),
        }),
  }
  for (const [key, value] of Object.entries(span.attributes)) {
    attributes[key] = key.startsWith('mlflow.') ? decoded(value) : value
  }
  return attributes
}

function known(figures: Record<string, number | null>): JsonObject {
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== null))
}

/** MLflow's TypeScript SDK sends its own attributes as JSON in strings, its Python client as plain values. */
function decoded(value: Json): Json {
  if (typeof value !== 'string' || !/^["{[]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    // Text that only begins like JSON.
    return value
  }
}

export function keyValues(attributes: JsonObject): { key: string; value: object }[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

/** OTLP's AnyValue in protobuf JSON. */
function anyValue(value: Json): object {
  if (value === null) return {}
  if (typeof value === 'string') return { string_value: value }
  if (typeof value === 'boolean') return { bool_value: value }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { int_value: value } : { double_value: value }
  }
  if (Array.isArray(value)) return { array_value: { values: value.map(anyValue) } }
  return { kvlist_value: { values: keyValues(value) } }
}

/** Bytes given in hex, in base64. */
export function base64OfHex(hex: string): string {
  let bytes = ''
  for (let index = 0; index + 1 < hex.length; index += 2) {
    bytes += String.fromCharCode(Number.parseInt(hex.slice(index, index + 2), 16))
  }
  return btoa(bytes)
}
