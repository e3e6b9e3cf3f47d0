import type { Json, JsonObject } from '../json.ts'
import {
  firstValue,
  isObject,
  millisecondsOf,
  numberOf,
  parsed,
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
  inputs: ({ attributes: all }) => {
    const messages = structure(all, 'ai.prompt.messages')
    if (messages !== undefined) return { messages }
    const prompt = structure(all, 'ai.prompt')
    if (prompt !== undefined) return promptMessages(prompt)
    return structure(all, 'ai.toolCall.args', 'ai.value') ?? structures(all, 'ai.values')
  },
  outputs: ({ attributes: all }) => {
    const text = textOf(all, 'ai.response.text', 'ai.result.text')
    const toolCalls = structure(all, 'ai.response.toolCalls', 'ai.result.toolCalls')
    if (text !== null || toolCalls !== undefined) {
      const calls = Array.isArray(toolCalls) ? { tool_calls: toolCalls.map(openAiToolCall) } : {}
      return { messages: [{ role: 'assistant', content: text, ...calls }] }
    }
    return (
      structure(all, 'ai.response.object', 'ai.result.object', 'ai.toolCall.result', 'ai.embedding') ??
      structures(all, 'ai.embeddings')
    )
  },
  tokens: ({ attributes: all }) =>
    tokens(
      numberOf(all, 'ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'),
      numberOf(all, 'ai.usage.outputTokens', 'ai.usage.completionTokens'),
      numberOf(all, 'ai.usage.totalTokens'),
    ),
  model: (span) => textOf(span.attributes, 'ai.response.model', 'ai.model.id'),
  sessionId: (span) => textOf(span.attributes, ...sessionKeys),
  userId: (span) => textOf(span.attributes, ...userKeys),
  firstOutputMs: (span) =>
    millisecondsOf(span.attributes, 'ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk') ??
    secondsOf(span.attributes, 'ai.response.secondsToFirstChunk'),
}

const sessionKeys = contextKeys('sessionId', 'session_id')
const userKeys = contextKeys('userId', 'user_id')

/** Where the application's own context of a call stands: up to version 6, and since 7 in both of its forms. */
function contextKeys(...names: string[]): string[] {
  const places = ['ai.telemetry.metadata', 'ai.settings.context', 'ai.settings.runtimeContext']
  return places.flatMap((place) => names.map((name) => `${place}.${name}`))
}

/** A prompt as the application gave it, `{system?, prompt}` or `{system?, messages}`, as messages. */
function promptMessages(prompt: Json): Json {
  if (!isObject(prompt)) return { messages: [{ role: 'user', content: prompt }] }
  const asked = prompt.messages ?? prompt.prompt ?? null
  const messages = Array.isArray(asked) ? asked : [{ role: 'user', content: asked }]
  const system = typeof prompt.system === 'string' ? [{ role: 'system', content: prompt.system }] : []
  return { messages: [...system, ...messages] }
}

function openAiToolCall(call: Json): Json {
  if (!isObject(call)) return call
  const input = call.input ?? call.args ?? null
  return {
    id: call.toolCallId ?? null,
    type: 'function',
    function: {
      name: call.toolName ?? null,
      arguments: typeof input === 'string' ? input : JSON.stringify(input),
    },
  }
}

/** A list of which each member is JSON in text. */
function structures(attributes: JsonObject, key: string): Json | undefined {
  const list = structure(attributes, key)
  return Array.isArray(list) ? list.map(parsed) : list
}

function structure(attributes: JsonObject, ...keys: string[]): Json | undefined {
  const value = firstValue(attributes, ...keys)
  return value === undefined ? undefined : parsedStructure(value)
}
