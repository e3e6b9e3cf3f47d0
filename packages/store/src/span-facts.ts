import {
  firstOutputMs,
  type Json,
  modelCost,
  modelName,
  type Span,
  sessionId,
  spanInputs,
  spanOutputs,
  spanRole,
  spanType,
  tokenUsage,
  userId,
} from '@voxtrace/model'
import type { ModelUsage } from './model-usage.ts'

/** What is read out of a span, in whatever vocabulary, into columns and into its trace. */
export interface SpanFacts extends ModelUsage {
  type: string
  model: string | null
  provider: string | null
  /** How long the call of a model took to its first token, in milliseconds; null of other spans and where none tells. */
  firstTokenMs: number | null
  sessionId: string | null
  userId: string | null
  /** Of a root; null for other spans, whose payloads need no reading. */
  inputs: Json
  outputs: Json
}

const providerKeys = ['mlflow.llm.provider', 'gen_ai.provider.name', 'gen_ai.system', 'llm.provider']

export function readSpanFacts(span: Span): SpanFacts {
  const tokens = tokenUsage(span)
  const cost = modelCost(span)
  const isRoot = span.parentSpanId === null
  const model = modelName(span)
  return {
    type: spanType(span),
    model,
    provider: providerOf(span),
    inputTokens: count(tokens?.inputTokens),
    outputTokens: count(tokens?.outputTokens),
    totalTokens:
      tokens === null
        ? null
        : (count(tokens.totalTokens) ?? (tokens.inputTokens ?? 0) + (tokens.outputTokens ?? 0)),
    inputCost: dollars(cost?.input),
    outputCost: dollars(cost?.output),
    totalCost: dollars(cost?.total),
    firstTokenMs: model !== null && spanRole(span) === 'llm_generation' ? firstOutputMs(span) : null,
    sessionId: sessionId(span),
    userId: userId(span),
    inputs: isRoot ? spanInputs(span) : null,
    outputs: isRoot ? spanOutputs(span) : null,
  }
}

/** Counts are whole; what a producer sent otherwise is rounded, and what no column holds is left out. */
function count(value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null
  const whole = Math.round(value)
  return Number.isSafeInteger(whole) ? whole : null
}

/** Above it a number is no price; what is left out so is kept among the attributes. */
const mostDollars = 1e12

function dollars(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value >= 0 && value <= mostDollars ? value : null
}

function providerOf(span: Span): string | null {
  for (const key of providerKeys) {
    const value = span.attributes[key]
    if (typeof value === 'string' && value !== '') return value.replace(/^"(.*)"$/, '$1')
  }
  return null
}
