import type { JsonObject } from './json.ts'
import type { Span } from './span.ts'
import { withoutPayload } from './span-outline.ts'

/** Makes spans for tests: times in milliseconds from the trace's start, ids as short words, the parent by its id. */
export function span(
  spanId: string,
  name: string,
  startMs: number,
  endMs: number | null,
  parentSpanId: string | null,
  attributes: JsonObject = {},
  rest: Partial<Span> = {},
): Span {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId,
    parentSpanId,
    name,
    kind: 'INTERNAL',
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: endMs === null ? null : nanos(endMs),
    status: { code: 'UNSET', message: '' },
    attributes,
    ...withoutPayload,
    ...rest,
  }
}

export function nanos(milliseconds: number): bigint {
  return 1_700_000_000_000_000_000n + BigInt(Math.round(milliseconds * 1e6))
}
