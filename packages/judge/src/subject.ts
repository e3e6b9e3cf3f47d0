import type { RetrievedDocument } from '@voxtrace/model'
import type { HeldConversation, SpokenTexts } from '@voxtrace/store'

export interface Utterance {
  speaker: 'user' | 'agent'
  text: string
}

/** A passage that was retrieved for the answer. */
export interface Passage {
  title: string | null
  text: string
}

/** What a judge looks at: one answer of the agent and all that was known when it was given. */
export interface Subject {
  /** What the user said, as speech recognition wrote it. */
  question: string
  /** What the agent said, as far as it was heard; empty when it said nothing. */
  answer: string
  /** The user cut the answer off, so that its end is missing by no fault of the agent. */
  interrupted: boolean
  /** What was said before, oldest first; in a long conversation, lately before. */
  history: Utterance[]
  /** What retrieval brought, best first. */
  documents: Passage[]
}

/** What was said in a turn and before it, and what was retrieved for its answer. */
export interface TurnMaterial {
  userText: string | null
  agentText: string | null
  interrupted: boolean
  documents: RetrievedDocument[]
  /** Turns before it, oldest first. */
  earlier: SpokenTexts[]
}

/**
 * The subject of one turn, or null when there is nothing to judge because the user said nothing (a greeting,
 * a turn that is still silent).
 */
export function subjectOfTurn(turn: TurnMaterial): Subject | null {
  const question = turn.userText?.trim() ?? ''
  if (question === '') return null
  return {
    question,
    answer: turn.agentText?.trim() ?? '',
    interrupted: turn.interrupted,
    history: turn.earlier.flatMap(utterances),
    documents: turn.documents
      .filter((document) => document.text.trim() !== '')
      .map((document) => ({ title: document.title, text: document.text })),
  }
}

/** What a judge of a whole conversation looks at: all that was said, in order; of long ones start and end. */
export interface ConversationSubject {
  turns: SpokenTurn[]
  /** How many turns the whole conversation has. */
  turnCount: number
}

export interface SpokenTurn {
  /** Null when the user said nothing, as in a greeting. */
  user: Said | null
  /** As far as it was heard; null when the agent said nothing. */
  agent: Said | null
  interrupted: boolean
}

export interface Said {
  /** All of it, or its beginning. */
  text: string
  /** Characters of all of it. */
  length: number
}

/** How much of a conversation a judge is shown, in characters: about 15,000 tokens. */
export const conversationRoom = { characters: 60_000, longestText: 4_000 }

/** The subject of a conversation, or null when the user never spoke. */
export function subjectOfConversation({ turns, turnCount }: HeldConversation): ConversationSubject | null {
  const spoken = turns.map(({ userText, userLength, agentText, agentLength, interrupted }) => ({
    user: said(userText, userLength),
    agent: said(agentText, agentLength),
    interrupted,
  }))
  return spoken.some(({ user }) => user !== null) ? { turns: spoken, turnCount } : null
}

function said(text: string | null, length: number): Said | null {
  const trimmed = text?.trim()
  return trimmed ? { text: trimmed, length } : null
}

function utterances(turn: SpokenTexts): Utterance[] {
  const spoken: Utterance[] = []
  if (turn.userText?.trim()) spoken.push({ speaker: 'user', text: turn.userText.trim() })
  if (turn.agentText?.trim()) spoken.push({ speaker: 'agent', text: turn.agentText.trim() })
  return spoken
}
