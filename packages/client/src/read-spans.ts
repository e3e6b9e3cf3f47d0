import {
  type HrTime,
  hrTime,
  logLevelIn,
  type SpanEvent,
  type SpanFacts,
  type SpanJson,
  type SpanLinkFacts,
  spanJson,
} from './mlflow/span-json.ts'
import { isRecord } from './outcome.ts'

/** A span as it was read from a server. */
export class ReadSpan implements SpanFacts {
  /** `tr-` and 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  readonly parentId: string | null
  readonly name: string
  readonly spanType: string
  /** Nanoseconds since the epoch. */
  readonly startTimeNs: bigint
  /** Nanoseconds since the epoch; null for a span that is open. */
  readonly endTimeNs: bigint | null
  /** `UNSET`, `OK` or `ERROR`. */
  readonly status: { statusCode: string; description: string }
  readonly inputs: unknown
  readonly outputs: unknown
  readonly attributes: Record<string, unknown>
  readonly events: SpanEvent[]
  readonly links: SpanLinkFacts[]

  /** `span`: as `traces/get` gives it, in protobuf's JSON, or as a trace's file does, with attributes as JSON texts. */
  constructor(span: Record<string, unknown>) {
    const attributes = attributesOf(span.attributes)
    const parent = idOf(span.parent_span_id)
    const status = isRecord(span.status) ? span.status : {}
    this.traceId = `tr-${idOf(span.trace_id)}`
    this.spanId = idOf(span.span_id)
    this.parentId = parent === '' ? null : parent
    this.name = textOf(span.name)
    this.spanType = textOf(attributes['mlflow.spanType'] ?? 'UNKNOWN')
    this.startTimeNs = timeOf(span.start_time_unix_nano) ?? 0n
    this.endTimeNs = timeOf(span.end_time_unix_nano)
    this.status = {
      statusCode: textOf(status.code ?? 'UNSET').replace('STATUS_CODE_', ''),
      description: textOf(status.message ?? ''),
    }
    this.inputs = attributes['mlflow.spanInputs']
    this.outputs = attributes['mlflow.spanOutputs']
    this.attributes = attributes
    this.events = recordsIn(span.events).map((event) => ({
      name: textOf(event.name),
      timestamp: timeOf(event.time_unix_nano) ?? 0n,
      attributes: attributesOf(event.attributes),
    }))
    this.links = recordsIn(span.links).map((link) => ({
      traceId: idOf(link.trace_id),
      spanId: idOf(link.span_id),
      attributes: attributesOf(link.attributes),
    }))
  }

  getAttribute(key: string): unknown {
    return this.attributes[key]
  }

  get startTime(): HrTime {
    return hrTime(this.startTimeNs)
  }

  get endTime(): HrTime | null {
    return this.endTimeNs === null ? null : hrTime(this.endTimeNs)
  }

  /** By its number, as in `SpanLogLevel`; null where it has none. */
  get logLevel(): number | null {
    return logLevelIn(this.attributes)
  }

  toJson(): SpanJson {
    return spanJson(this)
  }
}

export function spansOf(spans: unknown): ReadSpan[] {
  return recordsIn(spans).map((span) => new ReadSpan(span))
}

function recordsIn(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : []
}

/** A value as text. `String` alone would not do: it calls the `toString` that an object of JSON may have in it. */
export function textOf(value: unknown): string {
  return isRecord(value) || Array.isArray(value) ? JSON.stringify(value) : String(value)
}

/** Ids are base64 in both forms; hex, and whatever else stands there, is taken as it is. */
function idOf(value: unknown): string {
  if (typeof value !== 'string') return ''
  const text = value.replace(/^0x/, '')
  if (!/^(?:[A-Za-z0-9+/]{11}=|[A-Za-z0-9+/]{22}==)$/.test(text)) return text
  return Array.from(atob(text), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

function timeOf(value: unknown): bigint | null {
  const text = textOf(value)
  return /^[1-9]\d*$/.test(text) ? BigInt(text) : null
}

/** In the file of a trace every attribute is JSON in a text; elsewhere those of MLflow are, and others may be. */
function attributesOf(value: unknown): Record<string, unknown> {
  const attributes: Record<string, unknown> = {}
  if (Array.isArray(value)) {
    for (const pair of value.filter(isRecord)) {
      const key = textOf(pair.key)
      const isJson = key.startsWith('mlflow.') ? anyJson : jsonOfMany
      attributes[key] = decoded(anyValue(pair.value), isJson)
    }
  } else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value)) attributes[key] = decoded(item, anyJson)
  }
  return attributes
}

const anyJson = /^/
/** An object, an array or a text, which plain text seldom looks like. */
const jsonOfMany = /^["[{]/

/** OTLP's AnyValue in protobuf's JSON, in either spelling. */
function anyValue(value: unknown): unknown {
  if (!isRecord(value)) return value
  const [[key, held] = ['', null]] = Object.entries(value)
  switch (key.replace(/_value$|Value$/, '')) {
    case 'int':
    case 'double':
      return Number(textOf(held))
    case 'array':
      return isRecord(held) && Array.isArray(held.values) ? held.values.map(anyValue) : []
    case 'kvlist':
      return isRecord(held) ? attributesOf(held.values) : {}
    default:
      return held
  }
}

function decoded(value: unknown, isJson: RegExp): unknown {
  if (typeof value !== 'string' || !isJson.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    // Text that is none, or only begins like it.
    return value
  }
}
