import type { ScoreSummary } from '@voxtrace/model'
import type { conversationJudges, judges } from './judges.ts'

export interface ScoreCell {
  name: string
  label: string
  short: string
  /** `pending` until the judge has spoken, `unjudged` when it could not judge, `failed` when it broke. */
  state: 'scored' | 'pending' | 'unjudged' | 'failed'
  mean: number | null
  lowest: number | null
}

/** What each of the judges found, in their order. */
export function scoreCellsOf(
  of: typeof judges | typeof conversationJudges,
  scores: readonly ScoreSummary[],
): ScoreCell[] {
  return of.map((judge) => {
    const score = scores.find(({ name }) => name === judge.name)
    const state = !score
      ? 'pending'
      : score.mean !== null
        ? 'scored'
        : score.errors > 0
          ? 'failed'
          : 'unjudged'
    return { ...judge, state, mean: score?.mean ?? null, lowest: score?.lowest ?? null }
  })
}
