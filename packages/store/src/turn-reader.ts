import { type Span, traceMetadata } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { storableText } from './json-text.ts'
import type { Live } from './live.ts'
import { readSpans } from './span-rows.ts'
import { refreshLargeTraces } from './turns.ts'

/** One turn of a trace, with what was said before it. */
export interface TurnInContext {
  number: number
  interrupted: boolean
  userText: string | null
  agentText: string | null
  startTimeUnixNano: bigint
  endTimeUnixNano: bigint | null
  /** The turns before it, oldest first; of many the last. */
  earlier: SpokenTexts[]
  /** The spans of its time and of that of the turn before it, and those directly below it, in order of start. */
  spans: Span[]
  /** The run that the trace belongs to. */
  runId: string | null
}

export interface SpokenTexts {
  userText: string | null
  agentText: string | null
}

interface TurnRow extends Omit<TurnInContext, 'startTimeUnixNano' | 'endTimeUnixNano' | 'earlier' | 'spans'> {
  start: string
  end: string | null
}

/** Reads single turns, and of their trace no more than they need. */
export class TurnReader {
  readonly #database: Database
  readonly #live: Live

  constructor(database: Database, live: Live) {
    this.#database = database
    this.#live = live
  }

  /** The turn that a span stands for; null when none does, or when the trace is large and its turns are not read yet. */
  async read(traceId: string, spanId: string, mostEarlier: number): Promise<TurnInContext | null> {
    const id = storableText(traceId)
    const [row] = await this.#database.rows(sql<TurnRow>`
      SELECT u.number, u.interrupted, u.user_text AS "userText", u.agent_text AS "agentText",
        s.start_time_ns::text AS start, s.end_time_ns::text AS end, t.metadata ->> ${traceMetadata.sourceRun} AS "runId"
      FROM turns u
      JOIN spans s ON s.trace_id = u.trace_id AND s.span_id = u.span_id
      JOIN traces t ON t.trace_id = u.trace_id
      WHERE u.trace_id = ${id} AND u.span_id = ${storableText(spanId)}`)
    if (row === undefined) return null
    const { start, end, ...turn } = row
    const before = await this.#database.rows(sql<SpokenTexts & { spanId: string }>`
      SELECT span_id AS "spanId", user_text AS "userText", agent_text AS "agentText" FROM turns
      WHERE trace_id = ${id} AND number < ${turn.number}::int AND span_id <> ${spanId}
      ORDER BY number DESC LIMIT ${mostEarlier}::int`)
    // What belongs to a turn began after the turn before it; clocks that differ matter only further down.
    const spans = await readSpans(
      this.#database,
      [id],
      sql`(parent_span_id = ${spanId} OR ((start_time_ns <= ${end}::bigint) IS NOT FALSE AND start_time_ns >= coalesce(
        (SELECT start_time_ns FROM spans WHERE trace_id = ${id} AND span_id = ${before[0]?.spanId ?? null}), 0)))`,
    )
    return {
      ...turn,
      startTimeUnixNano: BigInt(start),
      endTimeUnixNano: end === null ? null : BigInt(end),
      earlier: before.map(({ userText, agentText }) => ({ userText, agentText })).reverse(),
      spans: spans.get(id) ?? [],
    }
  }

  /** Whether turns of the trace are still to be read from its spans; of large traces that comes a moment after they are written. */
  async isBehind(traceId: string): Promise<boolean> {
    const [row] = await this.#database.rows(sql<{ isBehind: boolean }>`
      SELECT turns_due > 0 AS "isBehind" FROM traces WHERE trace_id = ${storableText(traceId)}`)
    return row?.isBehind ?? false
  }

  /** Reads the turns of a large trace that are still to be read, where no server has come to it. */
  async catchUp(traceId: string): Promise<void> {
    for (const trace of await refreshLargeTraces(this.#database, [storableText(traceId)]))
      this.#live.announce({ type: 'trace', ...trace, change: 'updated' })
  }
}
