import type { AssessmentSourceType } from '@voxtrace/model'
import type { ConversationRubric, Rubric } from './rubrics/index.ts'
import type { ConversationSubject, Subject } from './subject.ts'

/**
 * How far a score is to be trusted. Measured agreement with people sets it, not the judge's own opinion of
 * itself.
 */
export type Confidence = 'high' | 'medium' | 'low'

/** A score of 1 to 5, to one decimal, with what it rests on. */
export interface Scored {
  kind: 'scored'
  score: number
  rationale: string
  /** Null when the judge states none. */
  confidence: Confidence | null
  metadata: Record<string, string>
}

/** The inputs do not allow a judgement. */
export interface NotJudged {
  kind: 'not_judged'
  reason: string
  metadata: Record<string, string>
}

/** The judge could not do its work. */
export interface Failed {
  kind: 'failed'
  /** Upper-case words joined by underscores, such as `RATE_LIMITED`. */
  code: string
  message: string
  /** The same judgement may succeed later. */
  transient: boolean
  metadata: Record<string, string>
}

export type Judgement = Scored | NotJudged | Failed

/** Gives judgements by rubrics. */
export interface Judge {
  readonly source: { type: AssessmentSourceType; id: string }
  /** Changes when its scores would: a new version judges a turn anew, the same version never twice. */
  readonly version: string
  /** Never rejects for a reason that lies in the subject or the model; an aborted signal rejects. */
  judge(rubric: Rubric, subject: Subject, signal?: AbortSignal): Promise<Judgement>
  /** The same for a whole conversation; null where the judge has no way to tell. */
  readonly judgeConversation:
    | ((rubric: ConversationRubric, subject: ConversationSubject, signal?: AbortSignal) => Promise<Judgement>)
    | null
}

/** Rounds to the one decimal that scores carry, inside 1 to 5. */
export function toScore(value: number): number {
  return Math.round(Math.min(5, Math.max(1, value)) * 10) / 10
}
