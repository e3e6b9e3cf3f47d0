import { conversationCriteria, judgementName, type SessionOrder } from '@voxtrace/model'
import { parseFilter } from '@voxtrace/protocol'
import { type RawBuilder, sql } from 'kysely'
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

interface SessionRow extends PageRow {
  session_id: string
}

/** The columns of `counted_sessions` that tell the places in each order. */
const rankColumns = {
  slowest: sql`slowest_ms`,
  most_errors: sql`failed_traces`,
  lowest_score: sql`lowest_score`,
  most_tokens: sql`tokens`,
  most_costly: sql`cost`,
  fastest: lackingAs(sql`'Infinity'`, sql`slowest_ms`),
  fewest_errors: sql`failed_traces`,
  highest_score: lackingAs(sql`'-Infinity'`, sql`lowest_score`),
  fewest_tokens: lackingAs(sql`'Infinity'`, sql`tokens`),
  least_costly: lackingAs(sql`'Infinity'`, sql`cost`),
} satisfies Partial<Record<SessionOrder, Condition>>

const leastFirst = new Set<SessionOrder>([
  'lowest_score',
  'fastest',
  'fewest_errors',
  'fewest_tokens',
  'least_costly',
])

/** What sessions lack stands in the column as the opposite of what puts it last in the order the other way round. */
function lackingAs(last: Condition, column: Condition): Condition {
  return sql`CASE WHEN ${column} IN ('Infinity', '-Infinity') THEN ${last}::float8 ELSE ${column} END`
}

/** Traces that belong together by `mlflow.trace.session`. */
export class Sessions {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** A page of an experiment's sessions, those with the newest trace first unless asked otherwise. @throws VoxtraceError when filter or token are malformed */
  async list(experimentId: string, query: SessionQuery): Promise<Page<Session>> {
    const { items: ids, nextPageToken } = await this.ids(experimentId, query)
    if (ids.length === 0) return { items: [], nextPageToken }
    const sessions = new Map(
      (await this.#read(experimentId, ids)).map((session) => [session.sessionId, session]),
    )
    return { items: ids.flatMap((id) => sessions.get(id) ?? []), nextPageToken }
  }

  /** Sessions by their ids, in no order. */
  async #read(experimentId: string, ids: string[]): Promise<Session[]> {
    const traces = await this.#alongIndexes(sql<{ traceId: string }>`
      SELECT t.trace_id AS "traceId" FROM traces t
      WHERE t.metadata ->> 'mlflow.trace.session' = ANY(${ids}::text[])
        AND t.metadata ? 'mlflow.trace.session' AND t.experiment_id = ${experimentId}::bigint`)
    return this.#alongIndexes(sql<Session>`
      WITH held AS MATERIALIZED (
        SELECT t.metadata ->> 'mlflow.trace.session' AS session_id, t.trace_id, t.request_time_ms, t.state, t.metadata
        FROM traces t WHERE t.trace_id = ANY(${traces.map(({ traceId }) => traceId)}::text[])
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
      SELECT h.session_id AS "sessionId", count(*)::int AS "traceCount",
        (count(*) FILTER (WHERE h.state = 'ERROR'))::int AS "failedCount",
        (count(*) FILTER (WHERE h.state = 'IN_PROGRESS'))::int AS "openCount",
        coalesce(max(s.turn_count), 0) AS "turnCount", coalesce(max(s.interrupted_count), 0) AS "interruptedCount",
        min(h.request_time_ms) AS "firstMs", max(h.request_time_ms) AS "lastMs",
        max(s.first_user_text) AS "firstUserText", max(s.slowest_ms) AS "slowestMs",
        sum(${numberIn(sql`h.metadata ->> 'mlflow.trace.tokenUsage'`, 'total_tokens')}) AS "totalTokens",
        sum(${numberIn(sql`h.metadata ->> 'mlflow.trace.cost'`, 'total_cost')}) AS "totalCost",
        max(j.lowest) AS "lowestScore",
        coalesce(min(w.scores::text)::json, '{}') AS "wholeScores", max(h.metadata ->> 'mlflow.trace.user') AS "userId"
      FROM held h LEFT JOIN spoken s USING (session_id) LEFT JOIN judged j USING (session_id)
        LEFT JOIN whole w USING (session_id)
      GROUP BY h.session_id`)
  }

  /** How many traces a session has the planner cannot tell, and would read every row for those of a page. */
  #alongIndexes<Row>(statement: RawBuilder<Row>): Promise<Row[]> {
    return this.#database.transaction(async (transaction) => {
      await transaction.text('SET LOCAL enable_seqscan = off')
      return transaction.rows(statement)
    })
  }

  /** The ids of those that `list` finds. @throws VoxtraceError when filter or token are malformed */
  async ids(experimentId: string, query: SessionQuery): Promise<Page<string>> {
    const keyset = keysetOf(experimentId, query)
    const filter = parseFilter(query.filter ?? '', 'traces')
    await checkPatterns(this.#database, filter)
    if (!isExperimentId(experimentId)) return { items: [], nextPageToken: null }
    const matching = sql`
      SELECT t.metadata ->> 'mlflow.trace.session' AS session_id, t.request_time_ms AS matched_ms FROM traces t
      WHERE t.experiment_id = ${experimentId}::bigint AND t.metadata ? 'mlflow.trace.session'
        AND ${conditionOf(filter, traceCondition, askedTogether)}`
    const rows = await this.#page(experimentId, matching, query, keyset)
    const page = keyset.page(rows, query.maxResults)
    return { ...page, items: page.items.map(({ session_id }) => session_id) }
  }

  /** The sessions of a page and one more, in order. */
  #page(
    experimentId: string,
    matching: Condition,
    query: SessionQuery,
    keyset: Keyset,
  ): Promise<SessionRow[]> {
    const { order = 'newest', filter = '' } = query
    const most = query.maxResults + 1
    if (order === 'newest') return this.#newest(matching, keyset, most)
    const matched = sql`
      SELECT session_id, max(matched_ms) AS matched_ms FROM (${matching}) AS each GROUP BY session_id`
    if (order === 'oldest') return this.#ordered(matched, keyset, most)
    const counted = sql`
      SELECT session_id, last_ms AS matched_ms, ${rankColumns[order]} AS rank FROM counted_sessions
      WHERE experiment_id = ${experimentId}::bigint`
    if (filter.trim() === '') return this.#ordered(counted, keyset, most)
    return this.#ordered(
      sql`SELECT m.session_id, m.matched_ms, c.rank FROM (${matched}) AS m JOIN (${counted}) AS c USING (session_id)`,
      keyset,
      most,
    )
  }

  /**
   * Puts together the sessions of the newest traces, of more and more of them until the sessions are enough. Those whose
   * traces end where reading ended are left, since others of that time may not have been read.
   */
  async #newest(matching: Condition, keyset: Keyset, most: number): Promise<SessionRow[]> {
    for (let traces = most * tracesPerSession; ; traces *= 4) {
      const read = await this.#database.rows(sql<{
        session_id: string
        lastMs: number
        firstMs: number
        count: number
      }>`
        SELECT session_id, max(matched_ms) AS "lastMs", min(matched_ms) AS "firstMs", count(*) AS count FROM (
          SELECT session_id, matched_ms FROM (${matching}) AS each
          WHERE ${keyset.behind} ORDER BY matched_ms DESC LIMIT ${traces}::bigint) AS latest
        GROUP BY session_id`)
      const isAll = read.reduce((sum, { count }) => sum + count, 0) < traces
      const endMs = isAll ? Number.NEGATIVE_INFINITY : Math.min(...read.map(({ firstMs }) => firstMs))
      const ids = read.filter(({ lastMs }) => lastMs > endMs).map(({ session_id }) => session_id)
      const rows = await this.#alongIndexes(sql<SessionRow>`
        SELECT session_id, ${keyset.column} FROM (
          SELECT session_id, max(matched_ms) AS matched_ms FROM (${matching}) AS each
          WHERE session_id = ANY(${ids}::text[]) GROUP BY session_id) AS whole
        WHERE ${keyset.behind} ORDER BY ${keyset.orderBy} LIMIT ${most}::bigint`)
      if (isAll || rows.length === most) return rows
    }
  }

  #ordered(sessions: Condition, keyset: Keyset, most: number): Promise<SessionRow[]> {
    return this.#database.rows(sql<SessionRow>`
      SELECT session_id, ${keyset.column} FROM (${sessions}) AS each
      WHERE ${keyset.behind} ORDER BY ${keyset.orderBy} LIMIT ${most}::bigint`)
  }
}

/** How many traces are read first for each session that is wanted. */
const tracesPerSession = 8

function keysetOf(experimentId: string, { filter = '', order = 'newest', pageToken }: SessionQuery): Keyset {
  const isOldest = order === 'oldest'
  const isByTime = isOldest || order === 'newest'
  const rank: OrderTerm = {
    expression: sql`rank`,
    type: 'float8',
    ascending: leastFirst.has(order),
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
