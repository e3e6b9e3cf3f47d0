import type { Json, JsonObject } from '../json.ts'
import {
  firstEventMs,
  firstValue,
  flattenedList,
  isObject,
  numberOf,
  parsed,
  parsedStructure,
  textOf,
} from './attribute-values.ts'
import { type Convention, cost, tokens } from './convention.ts'
import { documentsIn } from './documents.ts'
import { withToolCalls } from './messages.ts'

const typesByKind = new Map<string, string>([
  ['LLM', 'CHAT_MODEL'],
  ['CHAIN', 'CHAIN'],
  ['AGENT', 'AGENT'],
  ['TOOL', 'TOOL'],
  ['RETRIEVER', 'RETRIEVER'],
  ['RERANKER', 'RERANKER'],
  ['EMBEDDING', 'EMBEDDING'],
  ['GUARDRAIL', 'GUARDRAIL'],
  ['EVALUATOR', 'EVALUATOR'],
])

/** Arize's OpenInference (github.com/Arize-ai/openinference, `spec/semantic_conventions.md`). */
export const openInferenceConvention: Convention = {
  name: 'openinference',
  type: (span) => {
    const kind = textOf(span.attributes, 'openinference.span.kind')?.toUpperCase()
    return kind === undefined ? null : (typesByKind.get(kind) ?? 'UNKNOWN')
  },
  inputs: (span) => messages(span.attributes, 'llm.input_messages.') ?? content(span.attributes, 'input'),
  outputs: (span) =>
    messages(span.attributes, 'llm.output_messages.') ??
    content(span.attributes, 'output') ??
    documentsOf(span.attributes),
  tokens: ({ attributes: all }) =>
    tokens(
      numberOf(all, 'llm.token_count.prompt'),
      numberOf(all, 'llm.token_count.completion'),
      numberOf(all, 'llm.token_count.total'),
    ),
  cost: ({ attributes: all }) =>
    cost(
      numberOf(all, 'llm.cost.prompt'),
      numberOf(all, 'llm.cost.completion'),
      numberOf(all, 'llm.cost.total'),
    ),
  model: (span) =>
    textOf(span.attributes, 'llm.model_name', 'embedding.model_name', 'reranker.model_name') ??
    requestedModel(span.attributes),
  sessionId: (span) => textOf(span.attributes, 'session.id'),
  userId: (span) => textOf(span.attributes, 'user.id'),
  firstOutputMs: (span) => firstEventMs(span, 'First Token Stream Event'),
  documents: (span) => documentsIn(documentsOf(span.attributes)),
}

/** What a retriever or reranker brought. */
function documentsOf(attributes: JsonObject): JsonObject[] | undefined {
  const isReranker = textOf(attributes, 'openinference.span.kind') === 'RERANKER'
  const prefix = isReranker ? 'reranker.output_documents.' : 'retrieval.documents.'
  const documents = flattenedList(attributes, prefix, 'document.')
  return documents.length > 0 ? documents : undefined
}

/** The model that was asked for, which is all that a call that failed tells. */
function requestedModel(attributes: JsonObject): string | null {
  const asked = firstValue(attributes, 'llm.invocation_parameters', 'embedding.invocation_parameters')
  const parameters = asked === undefined ? undefined : parsedStructure(asked)
  return isObject(parameters) ? textOf(parameters, 'model', 'model_name') : null
}

function messages(attributes: JsonObject, prefix: string): Json | undefined {
  if (firstValue(attributes, `${prefix}0.message.role`, `${prefix}0.message.content`) === undefined)
    return undefined
  const list = flattenedList(attributes, prefix, 'message.')
  return { messages: list.map((message) => withToolCalls(withContentParts(message), 'tool_call.')) }
}

/** A message whose content is a list has it flattened once more, under `contents.N.message_content.`. */
function withContentParts(message: JsonObject): JsonObject {
  const parts = flattenedList(message, 'contents.', 'message_content.')
  if (parts.length === 0) return message
  const rest = Object.entries(message).filter(([key]) => !key.startsWith('contents.'))
  return { ...Object.fromEntries(rest), content: parts }
}

function content(attributes: JsonObject, side: 'input' | 'output'): Json | undefined {
  const value = firstValue(attributes, `${side}.value`)
  if (value === undefined) return undefined
  return attributes[`${side}.mime_type`] === 'application/json' ? parsed(value) : parsedStructure(value)
}
