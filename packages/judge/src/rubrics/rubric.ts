import type { ConversationCriterion, TurnCriterion } from '@voxtrace/model'

/** What a judge may look at. */
export type RubricInput = 'history' | 'question' | 'answer' | 'documents'

/** One criterion with its five levels: what every judge, offline or a language model, scores by. */
interface Wording<Of extends string> {
  criterion: Of
  /** The one question that the score answers. */
  question: string
  /** What each score means, from 1 to 5. */
  levels: readonly [string, string, string, string, string]
  /** What must not move the score. */
  ignore: readonly string[]
  /** When no score can be given. */
  notJudged: readonly string[]
  /** Changes when the wording above does. */
  version: number
}

/** By which an answer is judged. */
export interface Rubric extends Wording<TurnCriterion> {
  /** What the judge is shown. */
  inputs: readonly RubricInput[]
}

/** By which a whole conversation is judged. */
export interface ConversationRubric extends Wording<ConversationCriterion> {
  /** With fewer turns in which the user spoke there is nothing to judge. */
  leastUserTurns: number
}
