import type { ConversationRubric } from './rubric.ts'

export const calm: ConversationRubric = {
  criterion: 'calm',
  question: 'How free of frustration with the agent is the user, from the first turn to the last?',
  levels: [
    'Angry, or gives up on the agent.',
    'Complains repeatedly, or asks for a person.',
    'Rephrases or repeats, impatiently.',
    'One mild correction.',
    'No sign of trouble.',
  ],
  ignore: [
    'anger at something other than the agent',
    'slips of speech recognition in the user’s words',
    'interruptions alone: people speak over each other without anger',
    'how good the answers are, unless the user shows it',
  ],
  notJudged: ['the user’s words do not let their mood be told'],
  leastUserTurns: 1,
  version: 1,
}
