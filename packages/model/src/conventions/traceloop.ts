import type { Json, JsonObject } from '../json.ts'
import { firstEventMs, firstValue, flattenedList, numberOf, parsed, textOf } from './attribute-values.ts'
import { type Convention, tokens } from './convention.ts'
import { withToolCalls } from './messages.ts'

const typesByKind = new Map<string, string>([
  ['workflow', 'WORKFLOW'],
  ['task', 'TASK'],
  ['agent', 'AGENT'],
  ['tool', 'TOOL'],
])

const typesByRequest = new Map<string, string>([
  ['chat', 'CHAT_MODEL'],
  ['completion', 'LLM'],
  ['embedding', 'EMBEDDING'],
  ['rerank', 'RERANKER'],
])

/** Traceloop's OpenLLMetry (github.com/traceloop/openllmetry, semantic conventions for AI). */
export const traceloopConvention: Convention = {
  name: 'traceloop',
  type: ({ attributes: all }) =>
    typesByKind.get(textOf(all, 'traceloop.span.kind') ?? '') ??
    typesByRequest.get(textOf(all, 'llm.request.type') ?? '') ??
    null,
  inputs: (span) =>
    messages(span.attributes, 'gen_ai.prompt.') ?? entity(span.attributes, 'traceloop.entity.input'),
  outputs: (span) =>
    messages(span.attributes, 'gen_ai.completion.') ?? entity(span.attributes, 'traceloop.entity.output'),
  tokens: ({ attributes: all }) =>
    tokens(
      numberOf(all, 'llm.usage.prompt_tokens'),
      numberOf(all, 'llm.usage.completion_tokens'),
      numberOf(all, 'llm.usage.total_tokens'),
    ),
  model: (span) => textOf(span.attributes, 'llm.response.model', 'llm.request.model'),
  firstOutputMs: (span) => firstEventMs(span, 'llm.content.completion.chunk'),
  sessionId: (span) =>
    textOf(
      span.attributes,
      'traceloop.association.properties.session_id',
      'traceloop.association.properties.thread_id',
    ),
  userId: (span) => textOf(span.attributes, 'traceloop.association.properties.user_id'),
}

function messages(attributes: JsonObject, prefix: string): Json | undefined {
  if (firstValue(attributes, `${prefix}0.content`, `${prefix}0.role`) === undefined) return undefined
  return { messages: flattenedList(attributes, prefix, '').map((message) => withToolCalls(message, '')) }
}

/** What a decorated function took or gave, which is always JSON in text. */
function entity(attributes: JsonObject, key: string): Json | undefined {
  const value = firstValue(attributes, key)
  return value === undefined ? undefined : parsed(value)
}
