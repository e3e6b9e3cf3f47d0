import type { ConversationRubric } from '../rubrics/index.ts'
import type { ConversationSubject, SpokenTurn } from '../subject.ts'
import { cut, type Message, messagesAbout } from './prompt.ts'

/** In characters of what was said; about 15,000 tokens. */
const longestTranscript = 60_000
const longestUtterance = 4_000
/** Of what is kept of a longer transcript: what was wanted is told at the start, what became of it at the end. */
const shareOfStart = 0.4

/** The messages that ask a model for one judgement of a whole conversation. */
export function conversationPrompt(rubric: ConversationRubric, { turns }: ConversationSubject): Message[] {
  const record = { conversation: within(turns.map(shown), longestTranscript) }
  return messagesAbout(
    'a whole conversation of a user with a voice agent',
    rubric,
    JSON.stringify(record, null, 1),
  )
}

function shown({ user, agent, interrupted }: SpokenTurn) {
  return {
    ...(user !== null && { user_said: cut(user, longestUtterance) }),
    ...(agent !== null && { agent_said: cut(agent, longestUtterance) }),
    ...(interrupted && { user_interrupted_the_agent: true }),
  }
}

/** Start and end of what is too long, with a word of how much was left out between. */
function within(turns: object[], longest: number): object[] {
  const sizes = turns.map((turn) => JSON.stringify(turn).length)
  if (sizes.reduce((sum, size) => sum + size, 0) <= longest) return turns
  const start = fitting(sizes, longest * shareOfStart)
  const end = fitting(sizes.toReversed(), longest * (1 - shareOfStart))
  const leftOut = turns.length - start - end
  return [
    ...turns.slice(0, start),
    { left_out: `${leftOut} turns between, because the conversation is long` },
    ...turns.slice(turns.length - end),
  ]
}

/** How many of the sizes, from the first on, fit into so many characters. */
function fitting(sizes: readonly number[], room: number): number {
  let taken = 0
  const tooMany = sizes.findIndex((size) => {
    taken += size
    return taken > room
  })
  return tooMany < 0 ? sizes.length : tooMany
}
