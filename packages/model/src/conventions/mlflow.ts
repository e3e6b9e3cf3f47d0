import type { Json } from '../json.ts'
import type { Span } from '../span.ts'
import {
  booleanOf,
  firstEventMs,
  firstValue,
  isObject,
  numberOf,
  parsed,
  textOf,
} from './attribute-values.ts'
import { type Convention, cost, tokens } from './convention.ts'
import { attributes } from './voxtrace.ts'

/** Attribute keys of MLflow's vocabulary (mlflow/tracing/constant.py). Their values are JSON in a string. */
export const mlflowAttributes = {
  spanType: 'mlflow.spanType',
  spanInputs: 'mlflow.spanInputs',
  spanOutputs: 'mlflow.spanOutputs',
  traceRequestId: 'mlflow.traceRequestId',
  chatTokenUsage: 'mlflow.chat.tokenUsage',
  llmModel: 'mlflow.llm.model',
  llmProvider: 'mlflow.llm.provider',
  llmCost: 'mlflow.llm.cost',
} as const

/** Span types of MLflow (`mlflow.entities.SpanType`). */
export const spanTypes = [
  'LLM',
  'CHAIN',
  'AGENT',
  'TOOL',
  'CHAT_MODEL',
  'RETRIEVER',
  'PARSER',
  'EMBEDDING',
  'RERANKER',
  'MEMORY',
  'WORKFLOW',
  'TASK',
  'GUARDRAIL',
  'EVALUATOR',
  'UNKNOWN',
] as const

export type SpanType = (typeof spanTypes)[number]

function decoded(value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : parsed(value)
}

const modelTypes = new Set(['LLM', 'CHAT_MODEL', 'EMBEDDING'])

/** The model that was asked for, which is all that a call that failed tells. */
function requestedModel(span: Span): string | null {
  if (!modelTypes.has(textOf(span.attributes, mlflowAttributes.spanType) ?? '')) return null
  const inputs = decoded(firstValue(span.attributes, mlflowAttributes.spanInputs))
  return isObject(inputs) ? textOf(inputs, 'model') : null
}

/**
 * MLflow's vocabulary: the attributes above, each JSON text. It has no word for estimated token counts, so our own beside
 * it is read.
 */
export const mlflowConvention: Convention = {
  name: 'mlflow',
  type: (span) => textOf(span.attributes, mlflowAttributes.spanType),
  inputs: (span) => decoded(firstValue(span.attributes, mlflowAttributes.spanInputs)),
  outputs: (span) => decoded(firstValue(span.attributes, mlflowAttributes.spanOutputs)),
  tokens: (span) => {
    const usage = decoded(firstValue(span.attributes, mlflowAttributes.chatTokenUsage))
    if (!isObject(usage)) return null
    return tokens(
      numberOf(usage, 'input_tokens', 'inputTokens'),
      numberOf(usage, 'output_tokens', 'outputTokens'),
      numberOf(usage, 'total_tokens', 'totalTokens'),
      booleanOf(span.attributes, attributes.llmTokensEstimated) ?? false,
    )
  },
  cost: (span) => {
    const costs = decoded(firstValue(span.attributes, mlflowAttributes.llmCost))
    if (!isObject(costs)) return null
    return cost(numberOf(costs, 'input_cost'), numberOf(costs, 'output_cost'), numberOf(costs, 'total_cost'))
  },
  model: (span) => textOf(span.attributes, mlflowAttributes.llmModel) ?? requestedModel(span),
  firstOutputMs: (span) => firstEventMs(span, 'mlflow.chunk.item.0'),
  sessionId: (span) => textOf(span.attributes, 'mlflow.trace.session', 'session.id'),
  userId: (span) => textOf(span.attributes, 'mlflow.trace.user', 'user.id'),
}
