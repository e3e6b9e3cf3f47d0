import type { Json } from './json.ts'

export type AssessmentSourceType = 'HUMAN' | 'LLM_JUDGE' | 'CODE'

export interface AssessmentSource {
  type: AssessmentSourceType
  /** Who or what judged: a person, a model's name, or a program's name. */
  id: string
}

export interface AssessmentError {
  code: string
  message: string
  stackTrace?: string
}

interface AssessmentBase {
  /** `a-` and 32 hex digits. */
  assessmentId: string
  /** Such as `judge.tone`. */
  name: string
  /** `tr-` and 32 hex digits. */
  traceId: string
  /** The span it speaks of, 16 hex digits; null when it speaks of the whole trace. */
  spanId: string | null
  source: AssessmentSource
  createTimeMs: number
  lastUpdateTimeMs: number
  rationale: string | null
  metadata: Record<string, string>
  /** The assessment this one replaces, which becomes invalid. */
  overrides: string | null
  valid: boolean
}

/** What a judge, a person or a program found. A judge that failed gives an `error` and no value. */
export interface Feedback extends AssessmentBase {
  kind: 'feedback'
  value: Json
  error: AssessmentError | null
}

/** What the answer should have been. */
export interface Expectation extends AssessmentBase {
  kind: 'expectation'
  value: Json
}

export type Assessment = Feedback | Expectation
