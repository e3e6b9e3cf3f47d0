/** What every turn is judged by, in the order in which every view shows it. */
export const turnCriteria = [
  'answer_relevancy',
  'retrieval_relevancy',
  'faithfulness',
  'tone',
  'coherence',
] as const

/** What every conversation is judged by once it is over, in the order in which every view shows it. */
export const conversationCriteria = ['goal_completion', 'calm', 'retention'] as const

export type TurnCriterion = (typeof turnCriteria)[number]
export type ConversationCriterion = (typeof conversationCriteria)[number]

export const criterionTitles = {
  answer_relevancy: 'Answer relevancy',
  retrieval_relevancy: 'Retrieval relevancy',
  faithfulness: 'Faithfulness',
  tone: 'Tone',
  coherence: 'Coherence',
  goal_completion: 'Goal completion',
  calm: 'Caller’s calm',
  retention: 'Retention',
} as const satisfies Record<TurnCriterion | ConversationCriterion, string>

/** The name of a criterion's assessments and of its metric on a run. */
export function judgementName<Criterion extends TurnCriterion | ConversationCriterion>(
  criterion: Criterion,
): `judge.${Criterion}` {
  return `judge.${criterion}`
}
