import { conversationCriteria, turnCriteria } from '@voxtrace/model'
import { answerRelevancy } from './answer-relevancy.ts'
import { calm } from './calm.ts'
import { coherence } from './coherence.ts'
import { faithfulness } from './faithfulness.ts'
import { goalCompletion } from './goal-completion.ts'
import { retention } from './retention.ts'
import { retrievalRelevancy } from './retrieval-relevancy.ts'
import type { ConversationRubric, Rubric } from './rubric.ts'
import { tone } from './tone.ts'

export type { ConversationRubric, Rubric, RubricInput } from './rubric.ts'
export { answerRelevancy, coherence, faithfulness, retrievalRelevancy, tone }

const ofTurns = {
  answer_relevancy: answerRelevancy,
  retrieval_relevancy: retrievalRelevancy,
  faithfulness,
  tone,
  coherence,
}
const ofConversations = { goal_completion: goalCompletion, calm, retention }

/** The rubrics by which every turn is judged, in the order in which they are shown. */
export const rubrics: readonly Rubric[] = turnCriteria.map((criterion) => ofTurns[criterion])

/** The rubrics by which every conversation is judged once it is over. */
export const conversationRubrics: readonly ConversationRubric[] = conversationCriteria.map(
  (criterion) => ofConversations[criterion],
)
