import type { Assessment } from '@voxtrace/model'
import { conversationScores } from './assessments.ts'
import { conversationJudges, judges } from './judges.ts'
import { medianOf } from './latency.ts'
import type { TurnView } from './turn-view.ts'

/** The turns of two conversations that have the same number; null where one has no such turn. */
interface TurnPair {
  number: number
  left: TurnView | null
  right: TurnView | null
  /** Right minus left voice-to-voice time, in milliseconds; null where either is unknown. */
  waitChangeMs: number | null
}

export function turnPairsOf(left: readonly TurnView[], right: readonly TurnView[]): TurnPair[] {
  const numbers = new Set([...left, ...right].map(({ number }) => number))
  return [...numbers]
    .sort((a, b) => a - b)
    .map((number) => {
      const pair = {
        number,
        left: left.find((turn) => turn.number === number) ?? null,
        right: right.find((turn) => turn.number === number) ?? null,
      }
      const [before, after] = [pair.left?.gap?.totalMs, pair.right?.gap?.totalMs]
      return { ...pair, waitChangeMs: before === undefined || after === undefined ? null : after - before }
    })
}

/** One figure of two conversations. */
export interface ComparedFigure {
  label: string
  left: number | null
  right: number | null
  unit: 'ms' | 'count' | 'score'
  /** Whether more of it is worse. */
  lessIsBetter: boolean
}

export function comparedFigures(left: readonly TurnView[], right: readonly TurnView[]): ComparedFigure[] {
  const figure = (
    label: string,
    unit: ComparedFigure['unit'],
    lessIsBetter: boolean,
    of: (turns: readonly TurnView[]) => number | null,
  ): ComparedFigure => ({ label, unit, lessIsBetter, left: of(left), right: of(right) })
  const waits = (turns: readonly TurnView[]) => turns.flatMap(({ gap }) => (gap ? [gap.totalMs] : []))
  return [
    figure('Voice to voice, median', 'ms', true, (turns) => medianOf(waits(turns))),
    figure('Voice to voice, slowest', 'ms', true, (turns) =>
      waits(turns).length > 0 ? Math.max(...waits(turns)) : null,
    ),
    figure('Interruptions', 'count', true, (turns) => turns.filter(({ turn }) => turn.interrupted).length),
    figure('Tokens', 'count', true, (turns) =>
      totalOf(turns.map(({ turn }) => turn.tokens?.totalTokens ?? null)),
    ),
    ...judges.map(({ name, label }) =>
      figure(label, 'score', false, (turns) =>
        meanOf(
          turns.flatMap(({ scores }) =>
            scores.flatMap(({ name: of, score, sourceType }) =>
              of === name && score !== null && sourceType !== 'HUMAN' ? [score] : [],
            ),
          ),
        ),
      ),
    ),
  ]
}

/** What judges say of two conversations as a whole. */
export function comparedWholes(left: readonly Assessment[], right: readonly Assessment[]): ComparedFigure[] {
  const scoreIn = (assessments: readonly Assessment[], criterion: string) =>
    conversationScores(assessments).findLast(
      ({ name, sourceType }) => name === criterion && sourceType !== 'HUMAN',
    )?.score ?? null
  return conversationJudges.map(({ name, label }) => ({
    label,
    unit: 'score',
    lessIsBetter: false,
    left: scoreIn(left, name),
    right: scoreIn(right, name),
  }))
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function totalOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}
