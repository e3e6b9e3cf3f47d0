import type { TimeNs } from '../options.ts'

/** Seconds since the epoch, and nanoseconds within the second, as OpenTelemetry has times. */
export type HrTime = [seconds: number, nanoseconds: number]

export interface SpanEvent {
  name: string
  /** Nanoseconds since the epoch. */
  timestamp: bigint
  attributes: Record<string, unknown>
}

export interface SpanLinkFacts {
  /** `tr-` and 32 hex digits, or the digits alone. */
  traceId: string
  /** 16 hex digits. */
  spanId: string
  attributes: Record<string, unknown>
}

/** What is known of a span, open or read back. */
export interface SpanFacts {
  /** `tr-` and 32 hex digits. */
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | null
  readonly name: string
  readonly startTimeNs: TimeNs
  readonly endTimeNs: TimeNs | null
  readonly status: { statusCode: string; description: string }
  readonly attributes: Record<string, unknown>
  readonly events: readonly SpanEvent[]
  readonly links: readonly SpanLinkFacts[]
}

/** A span as MLflow keeps it in the file of a trace: ids in base64, times in nanoseconds since the epoch. */
export interface SpanJson {
  trace_id: string
  span_id: string
  /** Empty for a root. */
  parent_span_id: string
  name: string
  start_time_unix_nano: bigint
  end_time_unix_nano: bigint | null
  status: { code: string; message: string }
  attributes: Record<string, unknown>
  events: { name: string; time_unix_nano: bigint; attributes: Record<string, unknown> }[]
  links: LinkJson[]
}

export interface LinkJson {
  trace_id: string
  span_id: string
  attributes: Record<string, unknown> | null
}

export function spanJson(span: SpanFacts): SpanJson {
  const { statusCode, description } = span.status
  return {
    trace_id: base64(span.traceId.replace(/^tr-/, '')),
    span_id: base64(span.spanId),
    parent_span_id: span.parentId === null ? '' : base64(span.parentId),
    name: span.name,
    start_time_unix_nano: nanoseconds(span.startTimeNs),
    end_time_unix_nano: span.endTimeNs === null ? null : nanoseconds(span.endTimeNs),
    status: { code: `STATUS_CODE_${statusCode}`, message: description },
    attributes: span.attributes,
    events: span.events.map(({ name, timestamp, attributes }) => ({
      name,
      time_unix_nano: timestamp,
      attributes,
    })),
    links: span.links.map(linkJson),
  }
}

export function linkJson({ traceId, spanId, attributes }: SpanLinkFacts): LinkJson {
  const isEmpty = Object.keys(attributes).length === 0
  return { trace_id: traceId, span_id: spanId, attributes: isEmpty ? null : attributes }
}

export function hrTime(time: TimeNs): HrTime {
  const whole = nanoseconds(time)
  return [Number(whole / 1_000_000_000n), Number(whole % 1_000_000_000n)]
}

/** Nanoseconds as a whole number, from what carries parts of one too. */
export function nanoseconds(time: TimeNs): bigint {
  return typeof time === 'bigint' ? time : BigInt(Math.round(time))
}

/** The level in a span's attributes; null where it has none. */
export function logLevelIn(attributes: Readonly<Record<string, unknown>>): number | null {
  const level = attributes['mlflow.spanLogLevel']
  return typeof level === 'number' ? level : null
}

function base64(hex: string): string {
  const bytes = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []
  return btoa(String.fromCharCode(...bytes))
}
