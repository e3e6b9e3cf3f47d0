export type Criterion = 'answer_relevancy' | 'retrieval_relevancy' | 'faithfulness' | 'tone' | 'coherence'

/** What a judge may look at. */
export type RubricInput = 'history' | 'question' | 'answer' | 'documents'

/** One criterion with its five levels: what every judge, offline or a language model, scores by. */
export interface Rubric {
  criterion: Criterion
  title: string
  /** The one question that the score answers. */
  question: string
  /** What each score means, from 1 to 5. */
  levels: readonly [string, string, string, string, string]
  /** What must not move the score. */
  ignore: readonly string[]
  /** What the judge is shown. */
  inputs: readonly RubricInput[]
  /** When no score can be given. */
  notJudged: readonly string[]
  /** Changes when the wording above does. */
  version: number
}
