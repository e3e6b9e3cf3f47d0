import type { ConversationRubric } from './rubric.ts'

export const goalCompletion: ConversationRubric = {
  criterion: 'goal_completion',
  question: 'Did the user get what they came for by the end of the conversation?',
  levels: [
    'Untouched: nothing was done towards what the user wanted.',
    'Attempted and blocked: the agent tried, and the user did not get it.',
    'Partly met: some of what the user wanted is still open.',
    'Met, after effort of the user that was not needed.',
    'Met, and the user confirmed it or had nothing left to ask.',
  ],
  ignore: [
    'whether the answers are true or supported by documents',
    'the length of the conversation, when the user’s needs took it',
    'slips of speech recognition in the user’s words',
    'a missing goodbye',
  ],
  notJudged: ['the user never says anything that could be wanted'],
  leastUserTurns: 1,
  version: 1,
}
