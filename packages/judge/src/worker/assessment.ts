import { createHash } from 'node:crypto'
import { type Assessment, judgementName } from '@voxtrace/model'
import type { NewAssessment } from '@voxtrace/store'
import type { Judge, Judgement } from '../judgement.ts'
import type { ConversationRubric, Rubric } from '../rubrics/index.ts'

/** A turn of a trace, as the queue names it. */
export interface TurnPlace {
  traceId: string
  spanId: string
}

/** What an assessment is of: a turn, or without a span a conversation. */
export interface Place {
  traceId: string
  spanId: string | null
}

export type AnyRubric = Rubric | ConversationRubric

/** The same for one turn or conversation, criterion, judge and version, so that nothing is judged twice. */
export function assessmentId(place: Place, rubric: AnyRubric, judge: Judge): string {
  const parts = [
    place.traceId,
    place.spanId,
    rubric.criterion,
    rubric.version,
    judge.source.type,
    judge.source.id,
    judge.version,
  ]
  return `a-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`
}

/** Whether the assessment stands: it has a value, was found unjudgeable, or failed for good. */
export function isSettled(assessment: Assessment): boolean {
  return assessment.metadata['judge.retry'] !== 'pending'
}

/** What a judgement says, as an assessment carries it. */
export function contentOf(
  judgement: Judgement,
  willRetry: boolean,
): Required<Pick<NewAssessment, 'value' | 'error' | 'rationale' | 'metadata'>> {
  switch (judgement.kind) {
    case 'scored':
      return {
        value: judgement.score,
        error: null,
        rationale: judgement.rationale,
        metadata: {
          ...judgement.metadata,
          judged: 'true',
          'judge.retry': 'none',
          ...(judgement.confidence && { confidence: judgement.confidence }),
        },
      }
    case 'not_judged':
      return {
        value: null,
        error: null,
        rationale: `Not judged. ${judgement.reason}`,
        metadata: { ...judgement.metadata, judged: 'false', 'judge.retry': 'none' },
      }
    case 'failed':
      return {
        value: null,
        error: { code: judgement.code, message: judgement.message },
        rationale: null,
        metadata: { ...judgement.metadata, judged: 'false', 'judge.retry': willRetry ? 'pending' : 'none' },
      }
  }
}

/** The assessment of a turn or a conversation by one rubric. */
export function newAssessment(
  place: Place,
  rubric: AnyRubric,
  judge: Judge,
  content: ReturnType<typeof contentOf>,
): NewAssessment & { assessmentId: string } {
  return {
    ...content,
    assessmentId: assessmentId(place, rubric, judge),
    traceId: place.traceId,
    spanId: place.spanId,
    name: judgementName(rubric.criterion),
    kind: 'feedback',
    source: judge.source,
  }
}
