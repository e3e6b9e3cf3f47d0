import { sql } from 'kysely'
import type { Connection } from '../database.ts'

/** Where a trace is counted. */
export interface CountedPlace {
  experimentId: string
  sessionId: string | null
}

interface CountedSession {
  experimentId: string
  sessionId: string
  lastMs: number
  slowestMs: number
  failedTraces: number
  lowestScore: number
  tokens: number
  cost: number
}

/** Puts together what all counted traces come to of the sessions that traces were counted in, or are now. */
export async function countSessions(transaction: Connection, places: CountedPlace[]): Promise<void> {
  const sessionIds = [...new Set(places.flatMap(({ sessionId }) => sessionId ?? []))]
  if (sessionIds.length === 0) return
  const sessions = await readSessions(transaction, sessionIds)
  const isThere = new Set(sessions.map(keyOf))
  const gone = places.filter((place) => place.sessionId !== null && !isThere.has(keyOf(place)))
  await deleteSessions(transaction, gone)
  await writeSessions(transaction, sessions)
}

function keyOf({ experimentId, sessionId }: CountedPlace): string {
  return `${experimentId} ${sessionId}`
}

async function readSessions(transaction: Connection, sessionIds: string[]): Promise<CountedSession[]> {
  // How many traces the sessions have the planner cannot tell, so that they are read by their ids.
  const traces = await transaction.rows(sql<{ traceId: string }>`
    SELECT trace_id AS "traceId" FROM traces
    WHERE metadata ->> 'mlflow.trace.session' = ANY(${sessionIds}::text[]) AND metadata ? 'mlflow.trace.session'`)
  return transaction.rows(sql<CountedSession>`
    SELECT t.experiment_id::text AS "experimentId", t.metadata ->> 'mlflow.trace.session' AS "sessionId",
      max(t.request_time_ms) AS "lastMs", max(o.slowest_ms) AS "slowestMs",
      count(*) FILTER (WHERE t.state = 'ERROR') AS "failedTraces", min(o.lowest_score) AS "lowestScore",
      coalesce(sum(o.tokens) FILTER (WHERE o.tokens > '-Infinity'), '-Infinity') AS tokens,
      coalesce(sum(o.cost) FILTER (WHERE o.cost > '-Infinity'), '-Infinity') AS cost
    FROM traces t JOIN counted_traces o ON o.trace_id = t.trace_id
    WHERE t.trace_id = ANY(${traces.map(({ traceId }) => traceId)}::text[])
    GROUP BY t.experiment_id, t.metadata ->> 'mlflow.trace.session'`)
}

async function deleteSessions(transaction: Connection, places: CountedPlace[]): Promise<void> {
  if (places.length === 0) return
  await transaction.rows(sql`
    DELETE FROM counted_sessions c
    USING unnest(${places.map(({ experimentId }) => experimentId)}::bigint[],
      ${places.map(({ sessionId }) => sessionId)}::text[]) AS gone (experiment_id, session_id)
    WHERE c.experiment_id = gone.experiment_id AND c.session_id = gone.session_id`)
}

async function writeSessions(transaction: Connection, sessions: CountedSession[]): Promise<void> {
  if (sessions.length === 0) return
  await transaction.rows(sql`
    INSERT INTO counted_sessions (experiment_id, session_id, last_ms, slowest_ms, failed_traces, lowest_score, tokens, cost)
    SELECT * FROM unnest(
      ${sessions.map(({ experimentId }) => experimentId)}::bigint[],
      ${sessions.map(({ sessionId }) => sessionId)}::text[], ${sessions.map(({ lastMs }) => lastMs)}::bigint[],
      ${sessions.map(({ slowestMs }) => slowestMs)}::float8[],
      ${sessions.map(({ failedTraces }) => failedTraces)}::float8[],
      ${sessions.map(({ lowestScore }) => lowestScore)}::float8[],
      ${sessions.map(({ tokens }) => tokens)}::float8[], ${sessions.map(({ cost }) => cost)}::float8[])
    ON CONFLICT (experiment_id, session_id) DO UPDATE SET
      last_ms = EXCLUDED.last_ms, slowest_ms = EXCLUDED.slowest_ms, failed_traces = EXCLUDED.failed_traces,
      lowest_score = EXCLUDED.lowest_score, tokens = EXCLUDED.tokens, cost = EXCLUDED.cost`)
}
