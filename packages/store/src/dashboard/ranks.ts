import type { BinaryRows } from '../copy-in.ts'
import type { CountedScore, CountedTrace, CountedTurn } from './contribution.ts'

/** What lists of traces are ordered by; null where a trace has nothing to be ordered by. */
export interface Ranks {
  requestTimeMs: number
  /** The longest wait for an answer. */
  slowestMs: number | null
  durationMs: number | null
  errors: number
  /** The lowest score that a judge gave. */
  lowestScore: number | null
  tokens: number | null
  cost: number | null
}

/** What a trace is ordered by, beside what is counted of it. */
export interface RankedTrace extends CountedTrace {
  requestTimeMs: number
}

/** The columns of `writeRanks`. */
export const rankColumns = [
  'request_time_ms',
  'slowest_ms',
  'duration_ms',
  'errors',
  'lowest_score',
  'tokens',
  'cost',
] as const

export function ranksOf(trace: RankedTrace, turns: CountedTurn[], scores: CountedScore[]): Ranks {
  const waits = turns.flatMap(({ voiceToVoiceMs }) => voiceToVoiceMs ?? [])
  const judged = scores.flatMap(({ metric, name, number }) =>
    metric === 'score' && name.startsWith('judge.') ? (number ?? []) : [],
  )
  return {
    requestTimeMs: trace.requestTimeMs,
    slowestMs: waits.length === 0 ? null : Math.max(...waits),
    durationMs: trace.durationMs,
    errors: trace.errorCount,
    lowestScore: judged.length === 0 ? null : Math.min(...judged),
    tokens: trace.totalTokens,
    cost: trace.totalCost,
  }
}

/** What is lacking is written so that it comes last. */
export function writeRanks(rows: BinaryRows, ranks: Ranks): void {
  rows.bigint(ranks.requestTimeMs)
  rows.double(ranks.slowestMs ?? Number.NEGATIVE_INFINITY)
  rows.double(ranks.durationMs ?? Number.NEGATIVE_INFINITY)
  rows.double(ranks.errors)
  rows.double(ranks.lowestScore ?? Number.POSITIVE_INFINITY)
  rows.double(ranks.tokens ?? Number.NEGATIVE_INFINITY)
  rows.double(ranks.cost ?? Number.NEGATIVE_INFINITY)
}
