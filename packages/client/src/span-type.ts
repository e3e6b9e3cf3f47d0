import type { SpanType as KnownSpanType, SpanStatusCode as StatusCode } from '@voxtrace/model'

/** Span types of MLflow. Any other string is accepted where a span type is asked for. */
export const SpanType = {
  LLM: 'LLM',
  CHAIN: 'CHAIN',
  AGENT: 'AGENT',
  TOOL: 'TOOL',
  CHAT_MODEL: 'CHAT_MODEL',
  RETRIEVER: 'RETRIEVER',
  PARSER: 'PARSER',
  EMBEDDING: 'EMBEDDING',
  RERANKER: 'RERANKER',
  MEMORY: 'MEMORY',
  WORKFLOW: 'WORKFLOW',
  TASK: 'TASK',
  GUARDRAIL: 'GUARDRAIL',
  EVALUATOR: 'EVALUATOR',
  UNKNOWN: 'UNKNOWN',
} as const satisfies { [Type in KnownSpanType]: Type }

export type SpanType = KnownSpanType | (string & {})

export const SpanStatusCode = {
  UNSET: 'UNSET',
  OK: 'OK',
  ERROR: 'ERROR',
} as const satisfies { [Code in StatusCode]: Code }

export type SpanStatusCode = StatusCode
