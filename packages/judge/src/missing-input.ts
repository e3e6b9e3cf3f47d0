import type { Judgement } from './judgement.ts'
import type { ConversationRubric, Rubric } from './rubrics/index.ts'
import type { ConversationSubject, Subject } from './subject.ts'

/**
 * What follows from inputs that are not there, the same for every judge and without looking further; null when all
 * that the rubric needs is there.
 */
export function judgeMissingInput(rubric: Rubric, subject: Subject): Judgement | null {
  if (rubric.inputs.includes('documents') && subject.documents.length === 0) {
    return { kind: 'not_judged', reason: 'No documents were retrieved.', metadata: {} }
  }
  if (!rubric.inputs.includes('answer') || subject.answer !== '') return null
  if (subject.interrupted) {
    return {
      kind: 'not_judged',
      reason: 'The user interrupted before the agent said anything.',
      metadata: {},
    }
  }
  if (rubric.criterion !== 'answer_relevancy') {
    return { kind: 'not_judged', reason: 'The agent said nothing.', metadata: {} }
  }
  return {
    kind: 'scored',
    score: 1,
    rationale: 'The agent said nothing. Confidence: high. An answer that is missing cannot meet the request.',
    confidence: 'high',
    metadata: {},
  }
}

/** The same for a whole conversation. */
export function judgeMissingTurns(
  rubric: ConversationRubric,
  { turns }: ConversationSubject,
): Judgement | null {
  if (turns.filter(({ user }) => user !== null).length >= rubric.leastUserTurns) return null
  return {
    kind: 'not_judged',
    reason: 'The user spoke in one turn only, so there was nothing to keep.',
    metadata: {},
  }
}
