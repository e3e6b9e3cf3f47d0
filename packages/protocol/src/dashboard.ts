import type { LatencyPart } from '@voxtrace/model'

/**
 * What is counted for dashboards. Figures of traces and turns stand at the hour in which their trace began.
 *
 * - `traces`, `failed_traces`, `spans`, `failed_spans`, `turns`, `interrupted_turns`: how many (`count`).
 * - `trace_ms`: how long ended traces took. `model_ms`: how long spans of language models took, `first_token_ms`: until the
 *   first token.
 * - `voice_to_voice_ms`, and `latency.PART_ms` for its parts: of turns.
 * - `input_tokens`, `output_tokens`, `total_tokens`: of spans that count them (`sum`), or of the trace as a whole where none
 *   of its spans does. `timed_output_tokens`: those of the spans that `model_ms` is of.
 * - `input_cost`, `output_cost`, `total_cost`: US dollars, in the same way.
 * - `score`, `human_score`: values of valid feedback that are numbers, of judges (models and code) and of people; `true`
 *   and `yes` are 1, `false` and `no` are 0.
 *
 * Tokens and costs of a span that sums up those below it are counted once.
 */
export const dashboardMetrics = [
  'traces',
  'failed_traces',
  'trace_ms',
  'spans',
  'failed_spans',
  'turns',
  'interrupted_turns',
  'voice_to_voice_ms',
  'latency.end_of_utterance_ms',
  'latency.speech_to_text_ms',
  'latency.rag_retrieval_ms',
  'latency.first_token_ms',
  'latency.first_clause_ms',
  'latency.first_audio_ms',
  'latency.network_ms',
  'model_ms',
  'first_token_ms',
  'input_tokens',
  'output_tokens',
  'timed_output_tokens',
  'total_tokens',
  'input_cost',
  'output_cost',
  'total_cost',
  'score',
  'human_score',
] as const satisfies readonly (string | `latency.${LatencyPart}_ms`)[]

export type DashboardMetric = (typeof dashboardMetrics)[number]

/** Figures of one metric in one stretch of time. Percentiles are within 4 % of the exact ones, and exact where those of a range are one. */
export interface DashboardFigures {
  count: number
  sum: number
  /** Null, as all below, for what is only counted and where there is nothing. */
  mean: number | null
  p50: number | null
  p90: number | null
  p95: number | null
  p99: number | null
}

export interface DashboardSeries {
  metric: DashboardMetric
  /** The model, the tag's value or the name of the feedback that the series is of; null without `group_by`. */
  group: string | null
  /** Over the whole stretch of time. */
  total: DashboardFigures
  /** The steps that have any, oldest first. */
  points: (DashboardFigures & { startMs: number })[]
  /** How the values spread over the whole stretch: ranges that hold any, from low to high; empty for counts. */
  histogram: { from: number; to: number; count: number }[]
}

/** What `GET /api/voxtrace/dashboard` answers. */
export interface Dashboard {
  /** The hour in which the stretch begins and the one before which it ends, in milliseconds since the epoch. */
  fromMs: number
  toMs: number
  stepMs: number
  /** In the order of the metrics asked for; with `group_by`, the groups of a metric by count, at most 50. */
  series: DashboardSeries[]
}
