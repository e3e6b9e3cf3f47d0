import type { Span } from '@voxtrace/model'

/** A span in JSON: times are decimal strings of nanoseconds, all else as in `Span`. */
export type SpanJson = Omit<Span, 'startTimeUnixNano' | 'endTimeUnixNano' | 'events'> & {
  startTimeUnixNano: string
  endTimeUnixNano: string | null
  events: (Omit<Span['events'][number], 'timeUnixNano'> & { timeUnixNano: string })[]
}

export function spanToJson(span: Span): SpanJson {
  return {
    ...span,
    startTimeUnixNano: span.startTimeUnixNano.toString(),
    endTimeUnixNano: span.endTimeUnixNano?.toString() ?? null,
    events: span.events.map((event) => ({ ...event, timeUnixNano: event.timeUnixNano.toString() })),
  }
}

export function spanFromJson(json: SpanJson): Span {
  return {
    ...json,
    startTimeUnixNano: BigInt(json.startTimeUnixNano),
    endTimeUnixNano: json.endTimeUnixNano === null ? null : BigInt(json.endTimeUnixNano),
    events: json.events.map((event) => ({ ...event, timeUnixNano: BigInt(event.timeUnixNano) })),
  }
}
