import { parseFilter } from '@voxtrace/protocol'
import { type RawBuilder, sql } from 'kysely'
import { isOneTurn, isSpoken } from './conversations.ts'
import type { Database } from './database.ts'
import { isExperimentId } from './experiments.ts'
import { storableText } from './json-text.ts'
import type { TurnJob } from './queue.ts'
import { conditionOf } from './search/conditions.ts'
import { traceCondition } from './search/fields.ts'
import { checkPatterns } from './search/patterns.ts'
import { askedTogether } from './search/together.ts'
import { ownTurnCondition } from './search/turn-fields.ts'

export interface ReviewQuery {
  experimentId: string
  /** In the filter language of traces. Conditions on turns must hold for the turn itself. */
  filter?: string
  /** Score each turn, or each conversation as a whole. */
  unit: 'turn' | 'conversation'
  /** Newest first, or in an order that looks random and is the same each time. */
  order: 'newest' | 'shuffled'
  maxResults: number
}

/** A turn (or, without a span, a conversation) that a person may score. */
export interface ReviewItem {
  traceId: string
  spanId: string | null
  /** The turn's number; null for a conversation. */
  number: number | null
  requestTimeMs: number
  userText: string | null
  /** What people have said of it. */
  scores: { name: string; sourceId: string }[]
}

export interface ReviewQueue {
  items: ReviewItem[]
  /** How many match, counted up to `largestQueue`. */
  matching: number
}

/** A queue is drawn from so many of the newest matches. */
const largestQueue = 10_000

/** What people may score, and what they have scored. */
export class Reviews {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Ended turns or conversations of an experiment. @throws VoxtraceError when the filter is malformed */
  async list(query: ReviewQuery): Promise<ReviewQueue> {
    const filter = parseFilter(query.filter ?? '', 'traces')
    await checkPatterns(this.#database, filter)
    if (!isExperimentId(query.experimentId)) return { items: [], matching: 0 }
    const where =
      query.unit === 'turn'
        ? conditionOf(filter, (comparison) =>
            comparison.field.type === 'turn'
              ? ownTurnCondition(comparison.field.key, comparison.condition)
              : traceCondition(comparison),
          )
        : conditionOf(filter, traceCondition, askedTogether)
    const place =
      query.order === 'shuffled'
        ? sql`md5(m."traceId" || coalesce(m."spanId", ''))`
        : sql`m."requestTimeMs" DESC, m."traceId", m.number`
    const rows = await this.#database.rows(sql<ReviewItem & { matching: number }>`
      WITH m AS MATERIALIZED (${query.unit === 'turn' ? turns(query, where) : conversations(query, where)}),
      chosen AS MATERIALIZED (
        SELECT m.*, (SELECT count(*)::int FROM m) AS matching FROM m ORDER BY ${place} LIMIT ${query.maxResults}::bigint),
      scored AS MATERIALIZED (
        SELECT c."traceId", c."spanId", json_agg(json_build_object('name', a.name, 'sourceId', a.source_id)) AS scores
        FROM chosen c JOIN assessments a ON a.trace_id = c."traceId"
        WHERE a.span_id IS NOT DISTINCT FROM c."spanId" AND a.source_type = 'HUMAN' AND a.kind = 'feedback' AND a.valid
        GROUP BY c."traceId", c."spanId")
      SELECT m.*, coalesce(s.scores, '[]') AS scores
      FROM chosen m LEFT JOIN scored s ON s."traceId" = m."traceId" AND s."spanId" IS NOT DISTINCT FROM m."spanId"
      ORDER BY ${place}`)
    return { items: rows.map(({ matching, ...item }) => item), matching: rows[0]?.matching ?? 0 }
  }

  /** The traces with which the conversations of these traces ended: themselves, or the last of a session of turns. */
  async endedConversations(traceIds: string[]): Promise<string[]> {
    const rows = await this.#database.rows(sql<{ traceId: string }>`
      WITH asked AS MATERIALIZED (
        SELECT t.trace_id, t.experiment_id, t.root_ended,
          CASE WHEN ${isOneTurn} THEN t.metadata ->> 'mlflow.trace.session' END AS session_id
        FROM traces t
        WHERE t.trace_id = ANY(${traceIds.map(storableText)})
          AND EXISTS (SELECT FROM turns u WHERE u.trace_id = t.trace_id AND u.number > 0)
      ), sessions AS MATERIALIZED (
        SELECT DISTINCT experiment_id, session_id FROM asked WHERE session_id IS NOT NULL
      ), last AS (
        SELECT DISTINCT ON (s.experiment_id, s.session_id) t.trace_id, t.root_ended
        FROM sessions s JOIN traces t ON t.metadata ->> 'mlflow.trace.session' = s.session_id
          AND t.metadata ? 'mlflow.trace.session' AND t.experiment_id = s.experiment_id
        WHERE ${isOneTurn} AND EXISTS (SELECT FROM turns u WHERE u.trace_id = t.trace_id AND ${isSpoken})
        ORDER BY s.experiment_id, s.session_id, t.request_time_ms DESC, t.trace_id DESC)
      SELECT trace_id AS "traceId" FROM asked WHERE session_id IS NULL AND root_ended
      UNION ALL SELECT trace_id FROM last WHERE root_ended`)
    return rows.map(({ traceId }) => traceId)
  }

  /** The ended turns of traces, the greeting left out. */
  async endedTurns(traceIds: string[]): Promise<TurnJob[]> {
    return this.#database.rows(sql<TurnJob>`
      SELECT trace_id AS "traceId", span_id AS "spanId" FROM turns
      WHERE trace_id = ANY(${traceIds.map(storableText)}) AND ended AND number > 0 ORDER BY trace_id, number`)
  }
}

function turns({ experimentId }: ReviewQuery, where: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    SELECT t.trace_id AS "traceId", u.span_id AS "spanId", u.number, t.request_time_ms AS "requestTimeMs",
      u.user_text AS "userText"
    FROM traces t JOIN turns u ON u.trace_id = t.trace_id
    WHERE t.experiment_id = ${experimentId}::bigint AND u.number > 0 AND u.ended AND ${where}
    ORDER BY t.request_time_ms DESC, t.trace_id, u.number LIMIT ${largestQueue}::bigint`
}

/** A session of turns is one conversation, which stands for itself by its first trace. */
function conversations({ experimentId }: ReviewQuery, where: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    WITH matching AS MATERIALIZED (
      SELECT t.trace_id, t.request_time_ms, CASE WHEN ${isOneTurn} THEN t.metadata ->> 'mlflow.trace.session' END AS session_id
      FROM traces t
      WHERE t.experiment_id = ${experimentId}::bigint AND t.state <> 'IN_PROGRESS'
        AND EXISTS (SELECT FROM turns u WHERE u.trace_id = t.trace_id AND u.number > 0) AND ${where}
      ORDER BY t.request_time_ms DESC, t.trace_id LIMIT ${largestQueue}::bigint
    ), sessions AS MATERIALIZED (
      SELECT DISTINCT session_id FROM matching WHERE session_id IS NOT NULL
    ), first AS (
      SELECT DISTINCT ON (s.session_id) t.trace_id, t.request_time_ms
      FROM sessions s JOIN traces t ON t.metadata ->> 'mlflow.trace.session' = s.session_id
        AND t.metadata ? 'mlflow.trace.session' AND t.experiment_id = ${experimentId}::bigint
      WHERE ${isOneTurn} AND EXISTS (SELECT FROM turns u WHERE u.trace_id = t.trace_id AND ${isSpoken})
      ORDER BY s.session_id, t.request_time_ms, t.trace_id
    ), each AS MATERIALIZED (
      SELECT trace_id, request_time_ms FROM matching WHERE session_id IS NULL
      UNION ALL SELECT trace_id, request_time_ms FROM first)
    SELECT e.trace_id AS "traceId", NULL::text AS "spanId", NULL::int AS number, e.request_time_ms AS "requestTimeMs",
      (SELECT u.user_text FROM turns u WHERE u.trace_id = e.trace_id AND u.user_text IS NOT NULL
       ORDER BY u.number LIMIT 1) AS "userText"
    FROM each e`
}
