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
    const { items, nextPageToken } = await this.#search.traces(query)
    if (items.length === 0) return { items: [], nextPageToken }
    const ids = items.map((info) => info.traceId)
    const [counts, turns] = await Promise.all([this.#counts(ids), this.#turns(ids)])
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
        totalTokens: totalTokens(info.metadata[traceMetadata.tokenUsage]),
        scores: scoresOf(info.assessments),
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
}

function totalTokens(usage: string | undefined): number | null {
  if (usage === undefined) return null
  try {
    const total: unknown = JSON.parse(usage)?.total_tokens
    return typeof total === 'number' ? total : null
  } catch {
    // Metadata is the client's; what is not JSON tells no tokens.
    return null
  }
}

function scoresOf(assessments: TraceSummary['info']['assessments']): ScoreSummary[] {
  const feedback = assessments.flatMap((assessment) =>
    assessment.kind === 'feedback' && assessment.valid ? [assessment] : [],
  )
  return [...Map.groupBy(feedback, (one) => one.name)]
    .map(([name, ofName]): ScoreSummary => {
      const values = ofName.flatMap((one) =>
        one.error === null && typeof one.value === 'number' ? [one.value] : [],
      )
      return {
        name,
        mean: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length,
        lowest: values.length === 0 ? null : Math.min(...values),
        count: ofName.length,
        errors: ofName.filter((one) => one.error !== null).length,
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
