import type { Json, JsonObject } from '../json.ts'
import type { Span } from '../span.ts'
import { firstEventMs, firstValue, numberOf, parsedStructure, secondsOf, textOf } from './attribute-values.ts'
import { type Convention, cost, tokens } from './convention.ts'
import { documentsIn } from './documents.ts'

const typesByOperation = new Map<string, string>([
  ['chat', 'CHAT_MODEL'],
  ['generate_content', 'LLM'],
  ['text_completion', 'LLM'],
  ['embeddings', 'EMBEDDING'],
  ['retrieval', 'RETRIEVER'],
  ['rerank', 'RERANKER'],
  ['execute_tool', 'TOOL'],
  ['create_agent', 'AGENT'],
  ['invoke_agent', 'AGENT'],
  ['invoke_workflow', 'WORKFLOW'],
  ['plan', 'TASK'],
  ['agent_step', 'CHAIN'],
  ['search_memory', 'MEMORY'],
  ['create_memory', 'MEMORY'],
  ['update_memory', 'MEMORY'],
  ['upsert_memory', 'MEMORY'],
  ['delete_memory', 'MEMORY'],
])

/** Message events of the convention before messages moved to attributes; their names end in the role. */
const messageEvent = /^gen_ai\.(system|user|assistant|tool)\.message$/

/**
 * OpenTelemetry's GenAI semantic conventions (github.com/open-telemetry/semantic-conventions-genai), with the names
 * that earlier versions used.
 */
export const genAiConvention: Convention = {
  name: 'gen_ai',
  type: (span) => typesByOperation.get(textOf(span.attributes, 'gen_ai.operation.name') ?? '') ?? null,
  inputs: (span) => {
    const all = span.attributes
    const messages = structure(all, 'gen_ai.input.messages') ?? promptOfEvents(span) ?? messagesOfEvents(span)
    if (messages !== undefined) {
      const system = structure(all, 'gen_ai.system_instructions')
      return system === undefined ? { messages } : { messages, system }
    }
    return structure(
      all,
      'gen_ai.tool.call.arguments',
      'gen_ai.retrieval.query.text',
      'gen_ai.memory.query.text',
    )
  },
  outputs: (span) => {
    const messages =
      structure(span.attributes, 'gen_ai.output.messages') ??
      eventContent(span, 'gen_ai.content.completion', 'gen_ai.completion') ??
      choicesOfEvents(span)
    if (messages !== undefined) return { messages }
    return structure(
      span.attributes,
      'gen_ai.tool.call.result',
      'gen_ai.retrieval.documents',
      'gen_ai.memory.records',
    )
  },
  tokens: ({ attributes: all }) =>
    tokens(
      numberOf(all, 'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'),
      numberOf(all, 'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'),
      numberOf(all, 'gen_ai.usage.total_tokens', 'llm.usage.total_tokens'),
    ),
  // The conventions have no word for it; these are LiteLLM's, OpenLIT's and Langfuse's, and Pydantic AI's.
  cost: ({ attributes: all }) =>
    cost(
      numberOf(all, 'gen_ai.cost.input_cost'),
      numberOf(all, 'gen_ai.cost.output_cost'),
      numberOf(all, 'gen_ai.cost.total_cost', 'gen_ai.usage.cost', 'operation.cost'),
    ),
  model: (span) => textOf(span.attributes, 'gen_ai.response.model', 'gen_ai.request.model'),
  sessionId: (span) => textOf(span.attributes, 'gen_ai.conversation.id'),
  documents: (span) => documentsIn(structure(span.attributes, 'gen_ai.retrieval.documents')),
  firstOutputMs: (span) =>
    secondsOf(
      span.attributes,
      'gen_ai.response.time_to_first_chunk',
      'gen_ai.client.operation.time_to_first_chunk',
    ) ?? firstEventMs(span, 'gen_ai.content.completion.chunk'),
}

function structure(attributes: JsonObject, ...keys: string[]): Json | undefined {
  const value = firstValue(attributes, ...keys)
  return value === undefined ? undefined : parsedStructure(value)
}

function promptOfEvents(span: Span): Json | undefined {
  return eventContent(span, 'gen_ai.content.prompt', 'gen_ai.prompt')
}

function eventContent(span: Span, name: string, key: string): Json | undefined {
  const event = span.events.find((each) => each.name === name)
  return event && structure(event.attributes, key)
}

function messagesOfEvents(span: Span): Json | undefined {
  const messages = span.events.flatMap((event) => {
    const role = messageEvent.exec(event.name)?.[1]
    return role === undefined ? [] : [{ role, ...event.attributes }]
  })
  return messages.length > 0 ? messages : undefined
}

function choicesOfEvents(span: Span): Json | undefined {
  const choices = span.events
    .filter((event) => event.name === 'gen_ai.choice')
    .map((event) => {
      const message = structure(event.attributes, 'message')
      return typeof message === 'object' && message !== null && !Array.isArray(message)
        ? { role: 'assistant', ...message }
        : { role: 'assistant', ...event.attributes }
    })
  return choices.length > 0 ? choices : undefined
}
