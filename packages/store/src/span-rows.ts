import type { Span } from '@voxtrace/model'
import { type RawBuilder, sql } from 'kysely'
import { BinaryRows } from './copy-in.ts'
import type { Connection, Copy } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import type { SpanFacts } from './span-facts.ts'

/** A span on its way into its row. */
export interface SpanRecord {
  /** `tr-` and 32 hex digits. */
  traceId: string
  span: Span
  facts: SpanFacts
  isTurn: boolean
}

const columns = [
  'trace_id',
  'span_id',
  'parent_span_id',
  'name',
  'kind',
  'type',
  'start_time_ns',
  'end_time_ns',
  'status_code',
  'status_message',
  'model',
  'provider',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'input_cost',
  'output_cost',
  'total_cost',
  'first_token_ms',
  'is_turn',
  'attributes',
  'events',
  'links',
  'resource',
  'scope',
  'trace_state',
  'dropped_attributes_count',
  'dropped_events_count',
  'dropped_links_count',
]

/** PostgreSQL takes at most 65,535 parameters a statement. */
const rowsPerStatement = 500

const updates = columns
  .slice(2)
  .map((column) => `${column} = EXCLUDED.${column}`)
  .join(', ')

/**
 * Spans that have no row yet, to be copied in. The caller must know that, and hold the locks of their traces so that it
 * stays so: a span that has a row makes the statement fail.
 */
export function newSpans(records: SpanRecord[]): Copy {
  const rows = new BinaryRows()
  const sharedJson = jsonOfShared()
  for (const { traceId, span, facts, isTurn } of records) {
    rows.begin(columns.length)
    rows.text(traceId)
    rows.text(span.spanId)
    rows.text(span.parentSpanId)
    rows.text(storableText(span.name))
    rows.text(span.kind)
    rows.text(storableText(facts.type))
    rows.bigint(span.startTimeUnixNano)
    rows.bigint(span.endTimeUnixNano)
    rows.text(span.status.code)
    rows.text(storableText(span.status.message))
    rows.text(textOrNull(facts.model))
    rows.text(textOrNull(facts.provider))
    rows.bigint(facts.inputTokens)
    rows.bigint(facts.outputTokens)
    rows.bigint(facts.totalTokens)
    rows.double(facts.inputCost)
    rows.double(facts.outputCost)
    rows.double(facts.totalCost)
    rows.double(facts.firstTokenMs)
    rows.boolean(isTurn)
    rows.text(jsonText(span.attributes))
    rows.text(eventsText(span))
    rows.text(span.links.length === 0 ? '[]' : jsonText(span.links))
    rows.text(sharedJson(span.resource))
    rows.text(sharedJson(span.scope))
    rows.text(storableText(span.traceState))
    rows.integer(int32(span.droppedAttributesCount))
    rows.integer(int32(span.droppedEventsCount))
    rows.integer(int32(span.droppedLinksCount))
  }
  return { text: `COPY spans (${columns.join(', ')}) FROM STDIN (FORMAT binary)`, rows }
}

/**
 * Writes spans over their earlier records. Which record of a span wins is decided before; the condition here holds
 * that decision where the earlier record was not read.
 */
export async function overwriteSpans(transaction: Connection, records: SpanRecord[]): Promise<void> {
  const sharedJson = jsonOfShared()
  for (let first = 0; first < records.length; first += rowsPerStatement) {
    const part = records.slice(first, first + rowsPerStatement)
    let parameter = 0
    const tuples = part.map(() => `(${columns.map(() => `$${++parameter}`).join(',')})`)
    await transaction.text(
      `INSERT INTO spans (${columns.join(', ')}) VALUES ${tuples.join(',')}
       ON CONFLICT (trace_id, span_id) DO UPDATE SET ${updates}, rewritten = spans.rewritten + 1
       WHERE spans.end_time_ns IS NULL OR EXCLUDED.end_time_ns IS NOT NULL`,
      part.flatMap((record) => spanValues(record, sharedJson)),
    )
  }
}

/** Resource and scope are shared by the spans of a request, so their text is made once. */
function jsonOfShared(): (value: object) => string {
  const texts = new Map<object, string>()
  return (value) => {
    const known = texts.get(value)
    if (known !== undefined) return known
    const text = jsonText(value)
    texts.set(value, text)
    return text
  }
}

function spanValues(
  { traceId, span, facts, isTurn }: SpanRecord,
  sharedJson: (value: object) => string,
): unknown[] {
  return [
    traceId,
    span.spanId,
    span.parentSpanId,
    storableText(span.name),
    span.kind,
    storableText(facts.type),
    span.startTimeUnixNano.toString(),
    span.endTimeUnixNano?.toString() ?? null,
    span.status.code,
    storableText(span.status.message),
    textOrNull(facts.model),
    textOrNull(facts.provider),
    facts.inputTokens,
    facts.outputTokens,
    facts.totalTokens,
    facts.inputCost,
    facts.outputCost,
    facts.totalCost,
    facts.firstTokenMs,
    isTurn,
    jsonText(span.attributes),
    eventsText(span),
    jsonText(span.links),
    sharedJson(span.resource),
    sharedJson(span.scope),
    storableText(span.traceState),
    int32(span.droppedAttributesCount),
    int32(span.droppedEventsCount),
    int32(span.droppedLinksCount),
  ]
}

function eventsText({ events }: Span): string {
  if (events.length === 0) return '[]'
  return jsonText(events.map((event) => ({ ...event, timeUnixNano: event.timeUnixNano.toString() })))
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text)
}

/** OTLP counts in uint32; the columns hold the lower half, which no producer passes. */
function int32(count: number): number {
  return Math.min(count, 0x7fffffff)
}

interface SpanRow
  extends Omit<Span, 'traceId' | 'startTimeUnixNano' | 'endTimeUnixNano' | 'events' | 'status'> {
  traceId: string
  startTimeUnixNano: string
  endTimeUnixNano: string | null
  statusCode: Span['status']['code']
  statusMessage: string
  events: (Omit<Span['events'][number], 'timeUnixNano'> & { timeUnixNano: string })[]
}

/** Every span of the given traces, in order of start; traces without spans are absent. */
export async function readSpans(
  connection: Connection,
  traceIds: string[],
  condition: RawBuilder<unknown> = sql`true`,
): Promise<Map<string, Span[]>> {
  const rows = await connection.rows(sql<SpanRow>`
    SELECT trace_id AS "traceId", span_id AS "spanId", parent_span_id AS "parentSpanId", name, kind,
           start_time_ns::text AS "startTimeUnixNano", end_time_ns::text AS "endTimeUnixNano",
           status_code AS "statusCode", status_message AS "statusMessage", attributes, events, links, resource, scope,
           trace_state AS "traceState", dropped_attributes_count AS "droppedAttributesCount",
           dropped_events_count AS "droppedEventsCount", dropped_links_count AS "droppedLinksCount"
    FROM spans WHERE trace_id = ANY(${traceIds}) AND ${condition}
    ORDER BY start_time_ns, span_id`)
  const spans = new Map<string, Span[]>()
  for (const {
    traceId,
    statusCode,
    statusMessage,
    startTimeUnixNano,
    endTimeUnixNano,
    events,
    ...rest
  } of rows) {
    const ofTrace = spans.get(traceId) ?? []
    spans.set(traceId, ofTrace)
    ofTrace.push({
      ...rest,
      traceId: traceId.replace(/^tr-/, ''),
      startTimeUnixNano: BigInt(startTimeUnixNano),
      endTimeUnixNano: endTimeUnixNano === null ? null : BigInt(endTimeUnixNano),
      status: { code: statusCode, message: statusMessage },
      events: events.map((event) => ({ ...event, timeUnixNano: BigInt(event.timeUnixNano) })),
    })
  }
  return spans
}
