import type { TurnLatency } from './latency.ts'

/** A document that retrieval brought, with its score (higher is closer). */
export interface RetrievedDocument {
  id: string | null
  title: string | null
  text: string
  score: number | null
  source: string | null
}

export interface TokenUsage {
  inputTokens: number | null
  outputTokens: number | null
  totalTokens: number | null
  /** True when no provider counted and a tokenizer did. */
  estimated: boolean
}

/** What a call of a model cost, in US dollars, as its producer counted it. */
export interface ModelCost {
  input: number | null
  output: number | null
  total: number | null
}

/** One exchange: from the user's first word to the end of the agent's answer. */
export interface Turn {
  /** Counted from 1. The agent's greeting, which answers nobody, is turn 0. */
  number: number
  /** The span that stands for the turn. */
  spanId: string
  startTimeUnixNano: bigint
  endTimeUnixNano: bigint | null
  userText: string | null
  /** What the agent said as far as it was heard. */
  agentText: string | null
  interrupted: boolean
  documents: RetrievedDocument[]
  latency: TurnLatency
  model: string | null
  tokens: TokenUsage | null
  error: string | null
}

/** One voice session, as it can be read from a trace in any vocabulary. */
export interface Conversation {
  rootSpanId: string
  sessionId: string | null
  startTimeUnixNano: bigint
  endTimeUnixNano: bigint | null
  turns: Turn[]
}
