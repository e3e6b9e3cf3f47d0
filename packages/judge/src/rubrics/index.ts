import { answerRelevancy } from './answer-relevancy.ts'
import { coherence } from './coherence.ts'
import { faithfulness } from './faithfulness.ts'
import { retrievalRelevancy } from './retrieval-relevancy.ts'
import type { Rubric } from './rubric.ts'
import { tone } from './tone.ts'

export type { Criterion, Rubric, RubricInput } from './rubric.ts'
export { answerRelevancy, coherence, faithfulness, retrievalRelevancy, tone }

/** The rubrics by which every turn is judged, in the order in which they are shown. */
export const rubrics: readonly Rubric[] = [answerRelevancy, retrievalRelevancy, faithfulness, tone, coherence]
