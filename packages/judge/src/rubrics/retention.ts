import type { ConversationRubric } from './rubric.ts'

export const retention: ConversationRubric = {
  criterion: 'retention',
  question: 'Does the agent keep what the user told it in earlier turns?',
  levels: [
    'Forgets what is essential.',
    'Asks again for several facts that the user gave.',
    'Asks again for one fact, or misremembers one.',
    'Retains the facts, and is slow to use them.',
    'Uses earlier facts without being asked to.',
  ],
  ignore: [
    'facts that no later turn needs',
    'a fact read back to be confirmed',
    'whether the answers are true or supported by documents',
    'slips of speech recognition in the user’s words',
  ],
  notJudged: ['the user tells nothing that a later turn needs'],
  leastUserTurns: 2,
  version: 1,
}
