import { conversationCriteria, judgementName, type SessionOrder } from '@voxtrace/model'
import { parseFilter } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isExperimentId } from './experiments.ts'
import { type Condition, conditionOf, numberIn } from './search/conditions.ts'
import { traceCondition } from './search/fields.ts'
import { Keyset, type OrderTerm, type PageRow } from './search/keyset.ts'
import { checkPatterns } from './search/patterns.ts'
import type { Page, PageRequest } from './search/query.ts'
import { askedTogether } from './search/together.ts'

/** What the traces of one session come to. Times are milliseconds since the epoch. */
export interface Session {
  sessionId: string
  traceCount: number
  failedCount: number
  openCount: number
  turnCount: number
  interruptedCount: number
  /** When its first and its last trace began. */
  firstMs: number
  lastMs: number
  /** The first thing the user said in the last of its traces. */
  firstUserText: string | null
  slowestMs: number | null
  totalTokens: number | null
  /** US dollars. */
  totalCost: number | null
  /** The lowest score of a judge. */
  lowestScore: number | null
  /** The lowest score of each criterion for whole conversations, by name. */
  wholeScores: Record<string, number>
  userId: string | null
}

interface SessionQuery extends PageRequest {
  /** In the filter language of traces: sessions with at least one such trace, ordered by the last of those. */
  filter?: string
  /** Newest unless asked otherwise. Other orders than by time are about all traces of a session. */
  order?: SessionOrder
}

/** What the traces of a session come to, of the tables `t` and `o`; what a session lacks comes last. */
const rankSums = {
  slowest: sql`max(o.slowest_ms)`,
  most_errors: sql`(count(*) FILTER (WHERE t.state = 'ERROR'))::float8`,
  lowest_score: sql`min(o.lowest_score)`,
  most_tokens: sql`sum(o.tokens) FILTER (WHERE o.tokens > '-Infinity')`,
  most_costly: sql`sum(o.cost) FILTER (WHERE o.cost > '-Infinity')`,
} satisfies Partial<Record<SessionOrder, Condition>>

/** Traces that belong together by `mlflow.trace.session`. */
export class Sessions {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** A page of an experiment's sessions, those with the newest trace first unless asked otherwise. @throws VoxtraceError when filter or token are malformed */
  async list(experimentId: string, query: SessionQuery): Promise<Page<Session>> {
    const keyset = keysetOf(experimentId, query)
    const listed = await this.#listed(experimentId, query, keyset)
    if (!isExperimentId(experimentId)) return { items: [], nextPageToken: null }
    const rows = await this.#database.rows(sql<Session & PageRow>`
      WITH listed AS MATERIALIZED (${listed}), held AS MATERIALIZED (
        SELECT l.session_id, t.trace_id, t.request_time_ms, t.state, t.metadata
        FROM listed l JOIN traces t ON t.metadata ->> 'mlflow.trace.session' = l.session_id
          AND t.metadata ? 'mlflow.trace.session' AND t.experiment_id = ${experimentId}::bigint
      ), spoken AS (
        SELECT h.session_id, count(*) FILTER (WHERE u.number > 0)::int AS turn_count,
          (count(*) FILTER (WHERE u.interrupted))::int AS interrupted_count,
          max(u.voice_to_voice_ms) AS slowest_ms,
          (array_agg(u.user_text ORDER BY h.request_time_ms DESC, u.number)
             FILTER (WHERE u.user_text IS NOT NULL))[1] AS first_user_text
        FROM held h JOIN turns u ON u.trace_id = h.trace_id GROUP BY h.session_id
      ), judged AS (
        SELECT h.session_id, min((a.value #>> '{}')::float8) AS lowest
        FROM held h JOIN assessments a ON a.trace_id = h.trace_id
        WHERE a.kind = 'feedback' AND a.valid AND a.error IS NULL AND a.source_type <> 'HUMAN'
          AND a.name LIKE 'judge.%' AND json_typeof(a.value) = 'number'
        GROUP BY h.session_id
      ), whole AS (
        SELECT session_id, json_object_agg(name, lowest) AS scores
        FROM (
          SELECT h.session_id, a.name, min((a.value #>> '{}')::float8) AS lowest
          FROM held h JOIN assessments a ON a.trace_id = h.trace_id
          WHERE a.kind = 'feedback' AND a.valid AND a.error IS NULL AND a.source_type <> 'HUMAN' AND a.span_id IS NULL
            AND a.name = ANY(${conversationCriteria.map(judgementName)}) AND json_typeof(a.value) = 'number'
          GROUP BY h.session_id, a.name) AS each
        GROUP BY session_id
      )
      SELECT page.* FROM (SELECT h.session_id AS "sessionId", count(*)::int AS "traceCount",
        (count(*) FILTER (WHERE h.state = 'ERROR'))::int AS "failedCount",
        (count(*) FILTER (WHERE h.state = 'IN_PROGRESS'))::int AS "openCount",
        coalesce(max(s.turn_count), 0) AS "turnCount", coalesce(max(s.interrupted_count), 0) AS "interruptedCount",
        min(h.request_time_ms) AS "firstMs", max(h.request_time_ms) AS "lastMs",
        max(s.first_user_text) AS "firstUserText", max(s.slowest_ms) AS "slowestMs",
        sum(${numberIn(sql`h.metadata ->> 'mlflow.trace.tokenUsage'`, 'total_tokens')}) AS "totalTokens",
        sum(${numberIn(sql`h.metadata ->> 'mlflow.trace.cost'`, 'total_cost')}) AS "totalCost",
        max(j.lowest) AS "lowestScore",
        coalesce(min(w.scores::text)::json, '{}') AS "wholeScores", max(h.metadata ->> 'mlflow.trace.user') AS "userId",
        min(l."pageKey"::text)::json AS "pageKey"
      FROM held h JOIN listed l USING (session_id) LEFT JOIN spoken s USING (session_id) LEFT JOIN judged j USING (session_id)
        LEFT JOIN whole w USING (session_id)
      GROUP BY h.session_id) AS page
      ORDER BY ${keyset.orderByKey}`)
    return keyset.page(rows, query.maxResults)
  }

  /** The ids of those that `list` finds. @throws VoxtraceError when filter or token are malformed */
  async ids(experimentId: string, query: SessionQuery): Promise<Page<string>> {
    const keyset = keysetOf(experimentId, query)
    const listed = await this.#listed(experimentId, query, keyset)
    if (!isExperimentId(experimentId)) return { items: [], nextPageToken: null }
    const rows = await this.#database.rows(sql<{ session_id: string } & PageRow>`${listed}`)
    const page = keyset.page(rows, query.maxResults)
    return { ...page, items: page.items.map(({ session_id }) => session_id) }
  }

  /** Selects a page of sessions, in order, and one more. */
  async #listed(experimentId: string, query: SessionQuery, keyset: Keyset) {
    const { filter: text = '', maxResults, order = 'newest' } = query
    const filter = parseFilter(text, 'traces')
    await checkPatterns(this.#database, filter)
    const matched = sql`
      SELECT t.metadata ->> 'mlflow.trace.session' AS session_id, max(t.request_time_ms) AS matched_ms FROM traces t
      WHERE t.experiment_id = ${experimentId}::bigint AND t.metadata ? 'mlflow.trace.session'
        AND ${conditionOf(filter, traceCondition, askedTogether)}
      GROUP BY t.metadata ->> 'mlflow.trace.session'`
    const each = order === 'newest' || order === 'oldest' ? matched : ranked(experimentId, matched, order)
    return sql`
      SELECT session_id, matched_ms, ${keyset.column} FROM (${each}) AS each
      WHERE ${keyset.behind} ORDER BY ${keyset.orderBy} LIMIT ${maxResults + 1}::bigint`
  }
}

/** Sessions with what they are ordered by. */
function ranked(experimentId: string, matched: Condition, order: keyof typeof rankSums): Condition {
  return sql`
    SELECT m.session_id, m.matched_ms, coalesce(${rankSums[order]}, '-Infinity') AS rank FROM (${matched}) AS m
    JOIN traces t ON t.metadata ->> 'mlflow.trace.session' = m.session_id
      AND t.metadata ? 'mlflow.trace.session' AND t.experiment_id = ${experimentId}::bigint
    JOIN counted_traces o ON o.trace_id = t.trace_id
    GROUP BY m.session_id, m.matched_ms`
}

function keysetOf(experimentId: string, { filter = '', order = 'newest', pageToken }: SessionQuery): Keyset {
  const isOldest = order === 'oldest'
  const isByTime = isOldest || order === 'newest'
  const rank: OrderTerm = {
    expression: sql`rank`,
    type: 'float8',
    ascending: order === 'lowest_score',
    nullable: false,
  }
  return new Keyset(
    [
      ...(isByTime ? [] : [rank]),
      { expression: sql`matched_ms`, type: 'bigint', ascending: isOldest, nullable: false },
      { expression: sql`session_id`, type: 'text', ascending: true, nullable: false },
    ],
    ['sessions', experimentId, filter, order],
    pageToken,
  )
}
