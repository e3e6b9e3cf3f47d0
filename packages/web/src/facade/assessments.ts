import type { Assessment, Json } from '@voxtrace/model'
import { allJudges, conversationJudges, judges } from './judges.ts'

/** An assessment, ready to be shown. */
export interface Score {
  id: string
  name: string
  label: string
  short: string
  spanId: string | null
  /** `scored` with a number, `value` with another value, `unjudged` with none, `failed` with an error. */
  state: 'scored' | 'value' | 'unjudged' | 'failed' | 'pending'
  /** 1 to 5 when `state` is `scored`. */
  score: number | null
  /** What was found, in words. */
  text: string
  rationale: string | null
  sourceType: Assessment['source']['type'] | null
  sourceId: string
  metadata: Record<string, string>
  timeMs: number | null
}

/** The assessments that stand: valid, and not replaced by another. */
export function standing(assessments: readonly Assessment[]): Assessment[] {
  const replaced = new Set(assessments.flatMap(({ overrides }) => (overrides === null ? [] : [overrides])))
  return assessments.filter(({ assessmentId, valid }) => valid && !replaced.has(assessmentId))
}

/** What people write beside their scores, by the names it is kept under. */
const noteLabels: Record<string, { label: string; short: string }> = {
  expected_response: { label: 'Expected answer', short: 'Expected' },
  comment: { label: 'Comment', short: 'Comment' },
}

export function scoreOf(assessment: Assessment): Score {
  const known = allJudges.find(({ name }) => name === assessment.name) ?? noteLabels[assessment.name]
  const error = assessment.kind === 'feedback' ? assessment.error : null
  const score = typeof assessment.value === 'number' && !error ? assessment.value : null
  const state = error
    ? 'failed'
    : score !== null
      ? 'scored'
      : assessment.value === null
        ? 'unjudged'
        : 'value'
  return {
    id: assessment.assessmentId,
    name: assessment.name,
    label: known?.label ?? assessment.name,
    short: known?.short ?? assessment.name,
    spanId: assessment.spanId,
    state,
    score,
    text: error ? error.message : textOf(assessment.value),
    rationale: assessment.rationale,
    sourceType: assessment.source.type,
    sourceId: assessment.source.id,
    metadata: assessment.metadata,
    timeMs: assessment.lastUpdateTimeMs,
  }
}

function textOf(value: Json): string {
  if (value === null) return 'not judged'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * The five judges' scores of one turn (the latest of each; `pending` where a judge has not spoken), then what people
 * gave in the same order, and any others, of the assessments of the turn that stand.
 */
export function turnScores(ofTurn: readonly Assessment[], spanId: string): Score[] {
  const own = ofTurn.toSorted((a, b) => b.lastUpdateTimeMs - a.lastUpdateTimeMs).map(scoreOf)
  const judged = judges.map(
    (judge) =>
      own.find((score) => isOf(judge, score) && score.sourceType !== 'HUMAN') ?? pending(judge, spanId),
  )
  const place = (score: Score) => {
    const index = judges.findIndex((judge) => isOf(judge, score))
    return index < 0 ? judges.length : index
  }
  const others = own
    .filter((score) => score.sourceType === 'HUMAN' || place(score) === judges.length)
    .sort((a, b) => place(a) - place(b))
  return [...judged, ...others]
}

/** What was said of a conversation as a whole: the judges' latest in their order, then people's and any others. */
export function conversationScores(assessments: readonly Assessment[]): Score[] {
  const place = ({ name, sourceType }: Score) => {
    const index = conversationJudges.findIndex((judge) => judge.name === name)
    return sourceType === 'HUMAN' || index < 0 ? conversationJudges.length : index
  }
  return standing(assessments)
    .filter(({ spanId }) => spanId === null)
    .map(scoreOf)
    .sort((a, b) => place(a) - place(b) || (a.timeMs ?? 0) - (b.timeMs ?? 0))
}

function isOf(judge: (typeof judges)[number], { name }: Score): boolean {
  return name === judge.name
}

function pending(judge: (typeof judges)[number], spanId: string): Score {
  return {
    ...judge,
    id: `${spanId}-${judge.name}`,
    spanId,
    state: 'pending',
    score: null,
    text: 'pending',
    rationale: null,
    sourceType: null,
    sourceId: '',
    metadata: {},
    timeMs: null,
  }
}
