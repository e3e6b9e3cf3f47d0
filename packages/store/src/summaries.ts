import type { ScoreSummary, TraceSummary, TurnLatency } from '@voxtrace/model'
import { traceMetadata } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import type { Page, TraceQuery } from './search/query.ts'
import type { Search } from './search/search.ts'

interface TurnsRow {
  traceId: string
  turnCount: number
  interruptedCount: number
  firstUserText: string | null
  medianVoiceToVoiceMs: number | null
  slowest: { number: number; latency: TurnLatency } | null
}

interface ScoreRow extends ScoreSummary {
  traceId: string
}

/** Rows of the trace list, from columns alone: no payload is read. */
export class Summaries {
  readonly #database: Database
  readonly #search: Search

  constructor(database: Database, search: Search) {
    this.#database = database
    this.#search = search
  }

  /** A page of traces, newest first unless ordered otherwise. @throws VoxtraceError when filter, order or token are malformed */
  async list(query: TraceQuery): Promise<Page<TraceSummary>> {
    const { items, nextPageToken } = await this.#search.traceFacts(query)
    if (items.length === 0) return { items: [], nextPageToken }
    const ids = items.map((info) => info.traceId)
    const [counts, turns, scores] = await Promise.all([
      this.#counts(ids),
      this.#turns(ids),
      this.#scores(ids),
    ])
    const summaries = items.map((info): TraceSummary => {
      const turn = turns.get(info.traceId)
      return {
        info,
        spanCount: counts.get(info.traceId)?.spanCount ?? 0,
        errorCount: counts.get(info.traceId)?.errorCount ?? 0,
        turnCount: turn?.turnCount ?? 0,
        interruptedCount: turn?.interruptedCount ?? 0,
        firstUserText: turn?.firstUserText ?? null,
        slowestTurn: turn?.slowest ? { ...turn.slowest.latency, number: turn.slowest.number } : null,
        medianVoiceToVoiceMs: turn?.medianVoiceToVoiceMs ?? null,
        totalTokens: numberAt(info.metadata[traceMetadata.tokenUsage], 'total_tokens'),
        totalCost: numberAt(info.metadata[traceMetadata.cost], 'total_cost'),
        scores: scores.get(info.traceId)?.map(({ traceId, ...score }) => score) ?? [],
      }
    })
    return { items: summaries, nextPageToken }
  }

  async #counts(ids: string[]): Promise<Map<string, { spanCount: number; errorCount: number }>> {
    const rows = await this.#database.rows(sql<{ traceId: string; spanCount: number; errorCount: number }>`
      SELECT trace_id AS "traceId", span_count AS "spanCount", error_count AS "errorCount"
      FROM traces WHERE trace_id = ANY(${ids})`)
    return new Map(rows.map((row) => [row.traceId, row]))
  }

  async #turns(ids: string[]): Promise<Map<string, TurnsRow>> {
    const rows = await this.#database.rows(sql<TurnsRow>`
      SELECT trace_id AS "traceId",
        (count(*) FILTER (WHERE number > 0))::int AS "turnCount",
        (count(*) FILTER (WHERE interrupted))::int AS "interruptedCount",
        (array_agg(user_text ORDER BY number) FILTER (WHERE user_text IS NOT NULL))[1] AS "firstUserText",
        percentile_cont(0.5) WITHIN GROUP (ORDER BY voice_to_voice_ms) AS "medianVoiceToVoiceMs",
        (array_agg(json_build_object('number', number, 'latency', latency) ORDER BY voice_to_voice_ms DESC)
           FILTER (WHERE voice_to_voice_ms IS NOT NULL))[1] AS slowest
      FROM turns WHERE trace_id = ANY(${ids}) GROUP BY trace_id`)
    return new Map(rows.map((row) => [row.traceId, row]))
  }

  async #scores(ids: string[]): Promise<Map<string, ScoreRow[]>> {
    const rows = await this.#database.rows(sql<ScoreRow>`
      SELECT trace_id AS "traceId", name, avg(score) AS mean, min(score) AS lowest, count(*)::int AS count,
        count(error)::int AS errors
      FROM (
        SELECT trace_id, name, error,
          CASE WHEN error IS NULL AND json_typeof(value) = 'number' THEN (value #>> '{}')::float8 END AS score
        FROM assessments WHERE trace_id = ANY(${ids}) AND kind = 'feedback' AND valid
          AND source_type <> 'HUMAN'
      ) AS scored
      GROUP BY trace_id, name ORDER BY name COLLATE "C"`)
    return Map.groupBy(rows, (row) => row.traceId)
  }
}

function numberAt(json: string | undefined, key: string): number | null {
  if (json === undefined) return null
  try {
    const value: unknown = JSON.parse(json)?.[key]
    return typeof value === 'number' ? value : null
  } catch {
    // Metadata is the client's; what is not JSON tells nothing.
    return null
  }
}
