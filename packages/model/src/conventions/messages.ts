import type { Json, JsonObject } from '../json.ts'
import { flattenedList, isObject, parsedStructure } from './attribute-values.ts'

/**
 * Finds the chat messages in a span's inputs or outputs: OpenAI's chat completions (`messages`, `choices`) and
 * responses (`input`, `output`, also under `request`), and a bare list of messages. Follows MLflow's
 * `mlflow/tracing/utils/truncation.py`, and also takes messages with `parts` (OpenTelemetry GenAI). Null when there
 * are none.
 */
function messagesIn(value: Json): JsonObject[] | null {
  let holder = value
  while (isObject(holder)) {
    for (const member of ['messages', 'choices', 'input', 'output']) {
      const list = holder[member]
      const messages = Array.isArray(list) ? messagesOf(list) : []
      if (messages.length > 0) return messages
    }
    holder = holder.request ?? null
  }
  if (!Array.isArray(holder) || holder.length === 0 || !holder.every(isMessage)) return null
  return messagesOf(holder)
}

function messagesOf(list: Json[]): JsonObject[] {
  return list
    .map((item) => (isObject(item) && isObject(item.message) ? item.message : item))
    .filter(isMessage)
}

/**
 * The text of the last message of a role, or of the last message when none has that role; null when there are no
 * messages or the message has no text.
 */
export function lastMessageText(value: Json, role: 'user' | 'assistant'): string | null {
  const messages = messagesIn(value)
  if (messages === null) return null
  const message = messages.findLast((each) => isOfRole(each, role)) ?? messages.at(-1)
  return message === undefined ? null : messageText(message)
}

/** The text of the last message when the user said it: what a language model was asked to answer. */
export function askedText(value: Json): string | null {
  const last = messagesIn(value)?.at(-1)
  return last !== undefined && isOfRole(last, 'user') ? messageText(last) : null
}

/**
 * A message whose tool calls are flattened, as `tool_calls.0.name`, with the calls nested as OpenAI's messages have them.
 * `inner` stands before each member's name.
 */
export function withToolCalls(message: JsonObject, inner: string): JsonObject {
  const calls = flattenedList(message, 'tool_calls.', inner)
  if (calls.length === 0) return message
  const rest = Object.entries(message).filter(([key]) => !key.startsWith('tool_calls.'))
  const toolCalls = calls.map((call) => ({
    ...(call.id === undefined ? {} : { id: call.id }),
    type: 'function',
    function: {
      name: call['function.name'] ?? call.name ?? null,
      arguments: call['function.arguments'] ?? call.arguments ?? null,
    },
  }))
  return { ...Object.fromEntries(rest), tool_calls: toolCalls }
}

/** The text of the assistant's message that stands right before the last message, when the user said that one. */
export function textBeforeAsked(value: Json): string | null {
  const messages = messagesIn(value) ?? []
  const [before, last] = messages.slice(-2)
  if (before === undefined || last === undefined || !isOfRole(last, 'user')) return null
  return isOfRole(before, 'assistant') ? messageText(before) : null
}

function isOfRole(message: JsonObject, role: 'user' | 'assistant'): boolean {
  return message.role === role || (role === 'assistant' && message.role === 'model')
}

function messageText(message: JsonObject): string | null {
  const content = parsedStructure(message.content ?? message.parts ?? null)
  if (typeof content === 'string') return content === '' ? null : content
  if (!Array.isArray(content)) return null
  for (const part of content) {
    if (typeof part === 'string') return part
    if (!isObject(part)) continue
    const kind = part.type
    if (kind !== undefined && kind !== 'text' && kind !== 'output_text' && kind !== 'input_text') continue
    const text = part.text ?? part.content
    if (typeof text === 'string') return text
  }
  return null
}

function isMessage(value: Json): value is JsonObject {
  return isObject(value) && 'role' in value && ('content' in value || 'parts' in value)
}
