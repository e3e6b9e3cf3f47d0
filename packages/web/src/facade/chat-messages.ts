import type { Json, JsonObject } from '@voxtrace/model'

export interface ChatMessage {
  role: string
  text: string
}

/** The messages of a chat payload (`[{role, content}]` or an object that holds them), or null when it is none. */
export function readMessages(payload: Json): ChatMessage[] | null {
  const list = Array.isArray(payload) ? payload : isObject(payload) ? payload.messages : undefined
  if (!Array.isArray(list) || list.length === 0) return null
  const messages = list.map(messageOf)
  return messages.every((message) => message !== null) ? messages : null
}

function messageOf(value: Json): ChatMessage | null {
  if (!isObject(value) || typeof value.role !== 'string') return null
  return { role: value.role, text: textOf(value.content ?? value.parts ?? '') }
}

function textOf(content: Json): string {
  if (typeof content === 'string') return content
  if (Array.isArray(content)) return content.map(textOf).join('\n')
  if (isObject(content) && typeof content.text === 'string') return content.text
  if (isObject(content) && typeof content.content === 'string') return content.content
  return JSON.stringify(content)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text of a payload that says one thing (`"text"` or `{"transcript": "text"}`), or null. */
export function readPlainText(payload: Json): string | null {
  if (typeof payload === 'string') return payload
  if (!isObject(payload)) return null
  const values = Object.values(payload)
  const [only] = values
  return values.length === 1 && typeof only === 'string' ? only : null
}

/** What a model's answer says: the last message, or the text of a payload that says one thing; null otherwise. */
export function lastMessageText(payload: Json): string | null {
  const plain = readPlainText(payload)
  if (plain !== null) return plain
  const messages = readMessages(payload) ?? readMessages(choicesOf(payload))
  return messages?.at(-1)?.text ?? null
}

function choicesOf(payload: Json): Json {
  const choices = isObject(payload) ? payload.choices : undefined
  return Array.isArray(choices)
    ? choices.map((choice) => (isObject(choice) ? (choice.message ?? choice) : choice))
    : null
}
