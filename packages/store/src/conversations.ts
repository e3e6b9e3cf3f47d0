import { sql } from 'kysely'
import type { Database } from './database.ts'
import { storableText } from './json-text.ts'

/** A turn in which anybody spoke. Texts are their beginnings, beside the length of all of it; null where nothing was said. */
export interface HeldTurn {
  number: number
  interrupted: boolean
  userText: string | null
  userLength: number
  agentText: string | null
  agentLength: number
}

/** What was said in a conversation: in a trace, or in the traces of a session where each is one turn. */
export interface HeldConversation {
  firstTraceId: string
  lastTraceId: string
  /** How many turns there are in which anybody spoke. */
  turnCount: number
  /** Those from the start and from the end for which there was room, in order. */
  turns: HeldTurn[]
  lastTurn: { number: number; endedMs: number }
  /** When this was read, in milliseconds since the epoch by the clock of the database. */
  readMs: number
  /** Whether all turns were read from their spans; of large traces that comes a moment after they are written. */
  isUpToDate: boolean
}

export interface ConversationRoom {
  /** For so many characters of turns from the start, and as many from the end. */
  characters: number
  /** Of each text. */
  longestText: number
}

interface TurnRow extends HeldTurn {
  traceId: string
  spanId: string
  firstTraceId: string
  turnCount: number
  readMs: number
  isUpToDate: boolean
}

/** Whether a trace `t` is one turn, so that its session is the conversation. */
export const isOneTurn = sql`EXISTS (
  SELECT FROM turns own_turn WHERE own_turn.trace_id = t.trace_id AND own_turn.span_id = t.root_span_id)`

/** Whether anybody spoke in a turn `u`. */
export const isSpoken = sql`(u.user_text ~ '\\S' OR u.agent_text ~ '\\S')`

/** Conversations as a whole. */
export class Conversations {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The conversation that a trace belongs to, as much as there is room for; null where nobody spoke. */
  async read(
    traceId: string,
    { characters, longestText }: ConversationRoom,
  ): Promise<HeldConversation | null> {
    const rows = await this.#database.rows(sql<TurnRow>`
      WITH own AS MATERIALIZED (
        SELECT t.trace_id, t.experiment_id, t.request_time_ms, t.turns_due,
          CASE WHEN ${isOneTurn} THEN t.metadata ->> 'mlflow.trace.session' END AS session_id
        FROM traces t WHERE t.trace_id = ${storableText(traceId)}
      ), held AS MATERIALIZED (
        SELECT trace_id, request_time_ms, turns_due FROM own WHERE session_id IS NULL
        UNION ALL
        SELECT t.trace_id, t.request_time_ms, t.turns_due
        FROM own JOIN traces t ON t.metadata ->> 'mlflow.trace.session' = own.session_id
          AND t.metadata ? 'mlflow.trace.session' AND t.experiment_id = own.experiment_id
        WHERE ${isOneTurn}
      ), spoken AS MATERIALIZED (
        SELECT h.request_time_ms, h.trace_id, u.span_id, u.number, u.interrupted,
          left(u.user_text, ${longestText}::int) AS user_text, coalesce(length(u.user_text), 0) AS user_length,
          left(u.agent_text, ${longestText}::int) AS agent_text, coalesce(length(u.agent_text), 0) AS agent_length
        FROM held h JOIN turns u ON u.trace_id = h.trace_id
        WHERE ${isSpoken}
      ), placed AS MATERIALIZED (
        SELECT *, row_number() OVER from_start AS place, count(*) OVER () AS turn_count,
          first_value(trace_id) OVER from_start AS first_trace_id,
          sum(length(concat(user_text, agent_text))) OVER from_start AS characters_to_here,
          sum(length(concat(user_text, agent_text))) OVER from_end AS characters_from_here
        FROM spoken
        WINDOW from_start AS (ORDER BY request_time_ms, trace_id, number, span_id),
          from_end AS (ORDER BY request_time_ms DESC, trace_id DESC, number DESC, span_id DESC)
      )
      SELECT trace_id AS "traceId", span_id AS "spanId", number, interrupted, user_text AS "userText",
        user_length AS "userLength", agent_text AS "agentText", agent_length AS "agentLength",
        first_trace_id AS "firstTraceId", turn_count AS "turnCount",
        (extract(epoch FROM statement_timestamp()) * 1000)::bigint AS "readMs",
        NOT EXISTS (SELECT FROM held WHERE turns_due > 0) AS "isUpToDate"
      FROM placed
      WHERE characters_to_here <= ${characters}::int OR characters_from_here <= ${characters}::int
      ORDER BY place`)
    const last = rows.at(-1)
    if (last === undefined) return null
    return {
      firstTraceId: last.firstTraceId,
      lastTraceId: last.traceId,
      turnCount: last.turnCount,
      turns: rows.map(({ traceId, spanId, firstTraceId, turnCount, readMs, isUpToDate, ...turn }) => turn),
      lastTurn: { number: last.number, endedMs: await this.#endOf(last) },
      readMs: last.readMs,
      isUpToDate: last.isUpToDate,
    }
  }

  async #endOf({ traceId, spanId }: TurnRow): Promise<number> {
    const [row] = await this.#database.rows(sql<{ endedMs: number }>`
      SELECT coalesce((
        SELECT coalesce(end_time_ns, start_time_ns) / 1000000 FROM spans
        WHERE trace_id = ${traceId} AND span_id = ${spanId}), request_time_ms) AS "endedMs"
      FROM traces WHERE trace_id = ${traceId}`)
    return row?.endedMs ?? 0
  }
}
