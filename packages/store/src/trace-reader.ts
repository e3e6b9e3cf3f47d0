import { type Span, type TraceInfo, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { storableText } from './json-text.ts'
import { readSpans } from './span-rows.ts'
import { traceColumns, withAssessments } from './traces.ts'

/** A trace with spans of its, in order of start. */
export interface ReadTrace<Spans = Span[]> {
  info: TraceInfo
  /** How many spans the whole trace has. */
  spanCount: number
  spans: Spans
}

/** More matches than anybody steps through are not looked for. */
const mostMatches = 1000

/** Reads one trace as a reader needs it: whole, what has changed, or where a text stands. */
export class TraceReader {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * The trace, with its spans unless it has more than `maxSpans` or their payloads take more than `maxBytes` as stored.
   *
   * @throws VoxtraceError RESOURCE_DOES_NOT_EXIST
   */
  async open(
    traceId: string,
    maxSpans = Number.POSITIVE_INFINITY,
    maxBytes = Number.POSITIVE_INFINITY,
  ): Promise<ReadTrace<Span[] | null>> {
    const trace = await this.#facts(traceId)
    if (trace.spanCount > maxSpans) return { ...trace, spans: null }
    if (Number.isFinite(maxBytes) && (await this.#storedBytes(traceId)) > maxBytes) {
      return { ...trace, spans: null }
    }
    const spans = await readSpans(this.#database, [traceId])
    return { ...trace, spans: spans.get(traceId) ?? [] }
  }

  /**
   * The trace, with the spans that began or ended at or after a time, that are open, and those named.
   *
   * @param sinceUnixNano nanoseconds since the epoch, by the clock of the spans
   * @param assessmentIds the assessments that it brings, as far as they are there; null for all
   * @throws VoxtraceError RESOURCE_DOES_NOT_EXIST
   */
  async changes(
    traceId: string,
    sinceUnixNano: bigint,
    spanIds: readonly string[],
    assessmentIds: readonly string[] | null = null,
  ): Promise<ReadTrace> {
    const trace = await this.#facts(traceId, assessmentIds)
    const since = sinceUnixNano.toString()
    const spans = await readSpans(
      this.#database,
      [traceId],
      sql`(start_time_ns >= ${since}::bigint OR end_time_ns >= ${since}::bigint OR end_time_ns IS NULL
        OR span_id = ANY(${spanIds.map(storableText)}::text[]))`,
    )
    return { ...trace, spans: spans.get(traceId) ?? [] }
  }

  /**
   * Turns of a conversation with the spans that stand directly below them, in order of start: what is told of the turns of
   * a trace that is too large to be read whole.
   *
   * @param afterSpanId the last turn of the page before; null for the first page
   */
  async turns(
    traceId: string,
    maxTurns: number,
    afterSpanId: string | null,
  ): Promise<{ spans: Span[]; nextSpanId: string | null }> {
    const id = storableText(traceId)
    const rows = await this.#database.rows(sql<{ spanId: string }>`
      SELECT span_id AS "spanId" FROM spans s
      WHERE trace_id = ${id} AND is_turn AND (${afterSpanId}::text IS NULL OR (start_time_ns, span_id) > (
        SELECT start_time_ns, span_id FROM spans WHERE trace_id = ${id} AND span_id = ${afterSpanId}))
      ORDER BY start_time_ns, span_id LIMIT ${maxTurns + 1}::bigint`)
    const turnIds = rows.slice(0, maxTurns).map(({ spanId }) => spanId)
    const spans = await readSpans(
      this.#database,
      [id],
      sql`(span_id = ANY(${turnIds}::text[]) OR parent_span_id = ANY(${turnIds}::text[]))`,
    )
    return {
      spans: spans.get(id) ?? [],
      nextSpanId: rows.length > maxTurns ? (turnIds.at(-1) ?? null) : null,
    }
  }

  /** The ids of the spans whose name, attributes or events hold a text in any case, by start. */
  async matches(traceId: string, text: string): Promise<string[]> {
    const pattern = `%${storableText(text).replace(/[\\%_]/g, '\\$&')}%`
    const rows = await this.#database.rows(sql<{ spanId: string }>`
      SELECT span_id AS "spanId" FROM spans
      WHERE trace_id = ${storableText(traceId)}
        AND (name ILIKE ${pattern} OR attributes::text ILIKE ${pattern} OR events::text ILIKE ${pattern})
      ORDER BY start_time_ns, span_id LIMIT ${mostMatches}::bigint`)
    return rows.map(({ spanId }) => spanId)
  }

  async #storedBytes(traceId: string): Promise<number> {
    const [row] = await this.#database.rows(sql<{ bytes: number }>`
      SELECT coalesce(sum(pg_column_size(attributes) + pg_column_size(events)), 0)::float8 AS bytes
      FROM spans WHERE trace_id = ${storableText(traceId)}`)
    return row?.bytes ?? 0
  }

  async #facts(
    traceId: string,
    assessmentIds: readonly string[] | null = null,
  ): Promise<Omit<ReadTrace, 'spans'>> {
    const rows = await this.#database.rows(sql<Omit<TraceInfo, 'assessments'> & { spanCount: number }>`
      SELECT ${traceColumns}, t.span_count AS "spanCount" FROM traces t WHERE t.trace_id = ${storableText(traceId)}`)
    const [row] = rows
    if (row === undefined) {
      throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${traceId}' not found.`)
    }
    const { spanCount, ...facts } = row
    const [info] = await withAssessments(this.#database, [facts], assessmentIds)
    if (info === undefined) throw new Error('the trace was not read')
    return { info, spanCount }
  }
}
