import type { Json, JsonObject } from '../json.ts'
import {
  firstValue,
  millisecondsOf,
  numberOf,
  parsedStructure,
  secondsOf,
  textOf,
} from './attribute-values.ts'
import { type Convention, tokens } from './convention.ts'

/** Vercel's AI SDK (ai-sdk.dev/docs/ai-sdk-core/telemetry). */
export const vercelConvention: Convention = {
  name: 'vercel',
  type: (span) => {
    const operation = textOf(span.attributes, 'ai.operationId')
    if (operation === null) return null
    if (operation === 'ai.toolCall') return 'TOOL'
    if (operation.startsWith('ai.embed')) return 'EMBEDDING'
    if (/\.do(Generate|Stream)$/.test(operation)) return 'CHAT_MODEL'
    return 'CHAIN'
  },
  inputs: (span) => {
    const all = span.attributes
    const messages = structure(all, 'ai.prompt.messages')
    if (messages !== undefined) return { messages }
    return structure(all, 'ai.prompt', 'ai.toolCall.args', 'ai.value', 'ai.values')
  },
  outputs: (span) => {
    const all = span.attributes
    const text = textOf(all, 'ai.response.text', 'ai.result.text')
    const toolCalls = structure(all, 'ai.response.toolCalls', 'ai.result.toolCalls')
    if (text !== null && toolCalls === undefined) return { messages: [{ role: 'assistant', content: text }] }
    if (toolCalls !== undefined) return { text, toolCalls }
    return structure(
      all,
      'ai.response.object',
      'ai.result.object',
      'ai.toolCall.result',
      'ai.embedding',
      'ai.embeddings',
    )
  },
  tokens: ({ attributes: all }) =>
    tokens(
      numberOf(all, 'ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'),
      numberOf(all, 'ai.usage.outputTokens', 'ai.usage.completionTokens'),
      numberOf(all, 'ai.usage.totalTokens'),
    ),
  model: (span) => textOf(span.attributes, 'ai.response.model', 'ai.model.id'),
  sessionId: (span) =>
    textOf(span.attributes, 'ai.telemetry.metadata.sessionId', 'ai.telemetry.metadata.session_id'),
  userId: (span) => textOf(span.attributes, 'ai.telemetry.metadata.userId', 'ai.telemetry.metadata.user_id'),
  firstOutputMs: (span) =>
    millisecondsOf(span.attributes, 'ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk') ??
    secondsOf(span.attributes, 'ai.response.secondsToFirstChunk'),
}

function structure(attributes: JsonObject, ...keys: string[]): Json | undefined {
  const value = firstValue(attributes, ...keys)
  return value === undefined ? undefined : parsedStructure(value)
}
