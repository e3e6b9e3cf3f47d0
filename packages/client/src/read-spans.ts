import { isRecord, parseObject } from './outcome.ts'

/** A span as it was read from a server. */
export interface ReadSpan {
  /** `tr-` and 32 hex digits. */
  traceId: string
  spanId: string
  parentId: string | null
  name: string
  spanType: string
  /** Nanoseconds since the epoch. */
  startTimeNs: bigint
  endTimeNs: bigint | null
  status: { statusCode: string; description: string }
  inputs: unknown
  outputs: unknown
  attributes: Record<string, unknown>
  events: { name: string; timestamp: bigint; attributes: Record<string, unknown> }[]
}

/** Spans as `traces/get` gives them, in protobuf's JSON, or as a trace's file does, with attributes as JSON texts. */
export function spansOf(spans: readonly unknown[]): ReadSpan[] {
  return spans.filter(isRecord).map((span) => {
    const attributes = attributesOf(span.attributes)
    const parent = idOf(span.parent_span_id)
    const status = isRecord(span.status) ? span.status : {}
    return {
      traceId: `tr-${idOf(span.trace_id)}`,
      spanId: idOf(span.span_id),
      parentId: parent === '' ? null : parent,
      name: String(span.name),
      spanType: String(attributes['mlflow.spanType'] ?? 'UNKNOWN'),
      startTimeNs: timeOf(span.start_time_unix_nano) ?? 0n,
      endTimeNs: timeOf(span.end_time_unix_nano),
      status: {
        statusCode: String(status.code ?? 'UNSET').replace('STATUS_CODE_', ''),
        description: String(status.message ?? ''),
      },
      inputs: attributes['mlflow.spanInputs'],
      outputs: attributes['mlflow.spanOutputs'],
      attributes,
      events: (Array.isArray(span.events) ? span.events : []).filter(isRecord).map((event) => ({
        name: String(event.name),
        timestamp: timeOf(event.time_unix_nano) ?? 0n,
        attributes: attributesOf(event.attributes),
      })),
    }
  })
}

/** Ids are base64 in both forms; hex, and whatever else stands there, is taken as it is. */
function idOf(value: unknown): string {
  if (typeof value !== 'string') return ''
  const text = value.replace(/^0x/, '')
  if (!/^(?:[A-Za-z0-9+/]{11}=|[A-Za-z0-9+/]{22}==)$/.test(text)) return text
  return Array.from(atob(text), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

function timeOf(value: unknown): bigint | null {
  const text = String(value)
  return /^[1-9]\d*$/.test(text) ? BigInt(text) : null
}

function attributesOf(value: unknown): Record<string, unknown> {
  const attributes: Record<string, unknown> = {}
  if (Array.isArray(value)) {
    for (const pair of value.filter(isRecord)) attributes[String(pair.key)] = decoded(anyValue(pair.value))
  } else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value)) attributes[key] = decoded(item)
  }
  return attributes
}

/** OTLP's AnyValue in protobuf's JSON, in either spelling. */
function anyValue(value: unknown): unknown {
  if (!isRecord(value)) return value
  const [[key, held] = ['', null]] = Object.entries(value)
  switch (key.replace(/_value$|Value$/, '')) {
    case 'int':
    case 'double':
      return Number(held)
    case 'array':
      return isRecord(held) && Array.isArray(held.values) ? held.values.map(anyValue) : []
    case 'kvlist':
      return isRecord(held) ? attributesOf(held.values) : {}
    default:
      return held
  }
}

/** MLflow keeps attributes as JSON in texts. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (/^[{]/.test(value)) return parseObject(value) ?? value
  if (!/^["[]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    // Text that only begins like JSON.
    return value
  }
}
