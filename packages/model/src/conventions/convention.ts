import type { ModelCost, RetrievedDocument, TokenUsage } from '../conversation.ts'
import type { Json } from '../json.ts'
import type { Span } from '../span.ts'

/** What part a span plays in a voice conversation, named as Voxtrace's own spans are. */
export type SpanRole =
  | 'conversation'
  | 'turn'
  | 'user_turn'
  | 'agent_turn'
  | 'user_speech'
  | 'end_of_utterance'
  | 'speech_to_text'
  | 'rag_retrieval'
  | 'llm_generation'
  | 'text_to_speech'
  | 'agent_speech'

/**
 * One vocabulary: how its attributes read as the model. A method that finds nothing of its own gives null (or
 * undefined where null is a value), and the next vocabulary is asked.
 */
export interface Convention {
  readonly name: string
  role?(span: Span): SpanRole | null
  /** One of MLflow's span types, or a type that the producer made up. */
  type?(span: Span): string | null
  inputs?(span: Span): Json | undefined
  outputs?(span: Span): Json | undefined
  tokens?(span: Span): TokenUsage | null
  cost?(span: Span): ModelCost | null
  model?(span: Span): string | null
  sessionId?(span: Span): string | null
  userId?(span: Span): string | null
  documents?(span: Span): RetrievedDocument[] | null
  /** What the user said, as far as this span alone tells. */
  userText?(span: Span): string | null
  /** What the agent said, as far as this span alone tells. */
  agentText?(span: Span): string | null
  /** Milliseconds from the span's start to the first token of a language model or the first byte of speech. */
  firstOutputMs?(span: Span): number | null
}

/** A cost, with the total summed when the producer left it out; null when it counted nothing. */
export function cost(input: number | null, output: number | null, total: number | null): ModelCost | null {
  if (input === null && output === null && total === null) return null
  return { input, output, total: total ?? (input ?? 0) + (output ?? 0) }
}

/** Token counts, with the total summed when the producer left it out; null when it counted nothing. */
export function tokens(
  inputTokens: number | null,
  outputTokens: number | null,
  totalTokens: number | null,
  estimated = false,
): TokenUsage | null {
  if (inputTokens === null && outputTokens === null && totalTokens === null) return null
  const sum = inputTokens !== null && outputTokens !== null ? inputTokens + outputTokens : null
  return { inputTokens, outputTokens, totalTokens: totalTokens ?? sum, estimated }
}
