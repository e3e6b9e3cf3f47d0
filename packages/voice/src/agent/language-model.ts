import type { ScoredPassage } from '../knowledge/knowledge.ts'

/** What was said before, as far as it was heard. */
export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export interface Question {
  text: string
  /** What retrieval brought, best first; empty when it brought nothing or failed. */
  passages: readonly ScoredPassage[]
  /** Earlier messages, oldest first, without the question. */
  history: readonly Message[]
}

export interface ProviderUsage {
  promptTokens: number
  completionTokens: number
  totalTokens: number
}

type AnswerPiece = { kind: 'text'; text: string } | { kind: 'usage'; usage: ProviderUsage }

/** Answers questions from passages, piece by piece. */
export interface LanguageModel {
  /** As the trace names it. */
  readonly model: string
  /** The messages that the model is given for a question. */
  messages(question: Question): Message[]
  /** @throws when the model cannot be had; the signal's reason when aborted */
  answer(question: Question, signal: AbortSignal): AsyncIterable<AnswerPiece>
}
