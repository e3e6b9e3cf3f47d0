import type { AssessmentSourceType, ScorePair } from '@voxtrace/model'

/** How one judge's scores by one criterion stand beside people's, `GET /api/voxtrace/agreement`. */
export interface JudgedBesidePeople {
  /** The criterion, such as `judge.tone`. */
  name: string
  /** The judge; HUMAN, with an empty id, for people beside each other. */
  sourceType: AssessmentSourceType
  sourceId: string
  pairs: ScorePair[]
  /** Where they are furthest apart, two levels at least; the widest first. */
  apart: {
    traceId: string
    /** The turn's span; null for a conversation as a whole. */
    spanId: string | null
    score: number
    people: number
  }[]
}
