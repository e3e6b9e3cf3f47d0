import type { ConversationRubric } from '../rubrics/index.ts'
import { type ConversationSubject, conversationRoom, type Said, type SpokenTurn } from '../subject.ts'
import { cut, type Message, messagesAbout } from './prompt.ts'

/** Of what is kept of a longer transcript: what was wanted is told at the start, what became of it at the end. */
const shareOfStart = 0.4

/** The messages that ask a model for one judgement of a whole conversation. */
export function conversationPrompt(rubric: ConversationRubric, subject: ConversationSubject): Message[] {
  return messagesAbout(
    'a whole conversation of a user with a voice agent',
    rubric,
    JSON.stringify({ conversation: transcriptOf(subject) }, null, 1),
  )
}

/** Start and end of what is too long, with a word of how much was left out between. */
function transcriptOf({ turns, turnCount }: ConversationSubject): object[] {
  const transcript = turns.map(shown)
  const sizes = transcript.map((turn) => JSON.stringify(turn).length)
  const { characters } = conversationRoom
  const isWhole = turns.length === turnCount && sizes.reduce((sum, size) => sum + size, 0) <= characters
  if (isWhole) return transcript
  const start = fitting(sizes, characters * shareOfStart)
  const end = fitting(sizes.slice(start).toReversed(), characters * (1 - shareOfStart))
  return [
    ...transcript.slice(0, start),
    { left_out: `${turnCount - start - end} turns between, because the conversation is long` },
    ...transcript.slice(transcript.length - end),
  ]
}

function shown({ user, agent, interrupted }: SpokenTurn) {
  return {
    ...(user !== null && { user_said: shortened(user) }),
    ...(agent !== null && { agent_said: shortened(agent) }),
    ...(interrupted && { user_interrupted_the_agent: true }),
  }
}

function shortened({ text, length }: Said): string {
  return cut(text, conversationRoom.longestText, length)
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
