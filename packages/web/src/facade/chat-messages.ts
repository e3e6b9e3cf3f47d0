import type { Json, JsonObject } from '@voxtrace/model'

/** Images and sounds that a message or a value holds. */
export interface Medium {
  kind: 'image' | 'audio'
  /** A data URL or an address. */
  url: string
}

/** A tool that a model asks for. */
export interface ToolCall {
  name: string
  arguments: Json
}

export interface ChatMessage {
  role: string
  text: string
  media: Medium[]
  calls: ToolCall[]
}

/**
 * The messages of a chat payload, or null when it is none: `[{role, content}]`, one alone, an object that holds them, or
 * the choices of an answer.
 */
export function readMessages(payload: Json): ChatMessage[] | null {
  const list = listOf(payload)
  if (list.length === 0) return null
  const messages = list.map(messageOf)
  return messages.every((message) => message !== null) ? messages : null
}

function listOf(payload: Json): Json[] {
  if (Array.isArray(payload)) return payload
  if (!isObject(payload)) return []
  const { messages, choices } = payload
  if (Array.isArray(messages)) return messages
  if (Array.isArray(choices))
    return choices.map((choice) => (isObject(choice) ? (choice.message ?? choice) : choice))
  return 'content' in payload || 'parts' in payload || 'tool_calls' in payload ? [payload] : []
}

function messageOf(value: Json): ChatMessage | null {
  if (!isObject(value) || typeof value.role !== 'string') return null
  const content = value.content ?? value.parts ?? ''
  const parts = Array.isArray(content) ? content : [content]
  const asked = Array.isArray(value.tool_calls) ? value.tool_calls : []
  return {
    role: value.role,
    text: textOf(parts.filter((part) => callOf(part) === null)),
    media: mediaOf(content),
    calls: [...asked, ...parts].map(callOf).filter((call) => call !== null),
  }
}

/** A call in the forms of OpenAI, LangChain, Anthropic and OpenTelemetry's conventions; null when it is none. */
function callOf(value: Json): ToolCall | null {
  if (!isObject(value)) return null
  const told = isObject(value.function) ? value.function : value
  const given = told.arguments ?? told.args ?? told.input
  if (typeof told.name !== 'string' || given === undefined) return null
  return { name: told.name, arguments: typeof given === 'string' ? readJson(given) : given }
}

/** What a model wrote as JSON, or the text itself when it is none. */
function readJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Images and sounds in the forms of OpenAI's and Anthropic's messages, data URLs, and addresses that end like one. */
export function mediaOf(value: Json): Medium[] {
  if (Array.isArray(value)) return value.flatMap(mediaOf)
  if (typeof value === 'string') {
    const kind = kindOfUrl(value)
    return kind ? [{ kind, url: value }] : []
  }
  if (!isObject(value)) return []
  const { image_url: image, input_audio: audio, source } = value
  if (typeof image === 'string') return [{ kind: 'image', url: image }]
  if (isObject(image) && typeof image.url === 'string') return [{ kind: 'image', url: image.url }]
  if (isObject(audio) && typeof audio.data === 'string')
    return [
      { kind: 'audio', url: `data:audio/${audio.format === 'mp3' ? 'mpeg' : 'wav'};base64,${audio.data}` },
    ]
  if (isObject(source) && typeof source.data === 'string' && typeof source.media_type === 'string') {
    const kind = source.media_type.startsWith('audio/') ? 'audio' : 'image'
    return [{ kind, url: `data:${source.media_type};base64,${source.data}` }]
  }
  return []
}

const longestAddress = 2000

function kindOfUrl(text: string): Medium['kind'] | null {
  if (text.startsWith('data:image/')) return 'image'
  if (text.startsWith('data:audio/')) return 'audio'
  if (text.length > longestAddress || !/^https?:\/\/\S+$/.test(text)) return null
  if (/\.(png|jpe?g|gif|webp|avif)(\?|$)/i.test(text)) return 'image'
  return /\.(wav|mp3|ogg|opus|webm|m4a)(\?|$)/i.test(text) ? 'audio' : null
}

function isMedium(content: Json): boolean {
  return isObject(content) && mediaOf(content).length > 0
}

function textOf(content: Json): string {
  if (typeof content === 'string') return content
  if (Array.isArray(content))
    return content
      .filter((part) => !isMedium(part))
      .map(textOf)
      .join('\n')
  if (isObject(content) && typeof content.text === 'string') return content.text
  if (isObject(content)) {
    const told = content.content ?? content.response
    if (typeof told === 'string' || Array.isArray(told)) return textOf(told)
  }
  return JSON.stringify(content)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names under which a text lies that needs no name. Of others, as those of a tool's arguments, the name tells something. */
const namesOfText = new Set([
  'agent',
  'answer',
  'content',
  'input',
  'message',
  'output',
  'prompt',
  'query',
  'question',
  'response',
  'result',
  'text',
  'transcript',
  'user',
])

/** The text of a payload that says one thing (`"text"` or `{"transcript": "text"}`), or null. */
export function readPlainText(payload: Json): string | null {
  const only = onlyTextOf(payload)
  return only && (only.name === null || namesOfText.has(only.name)) ? only.text : null
}

function onlyTextOf(payload: Json): { name: string | null; text: string } | null {
  if (typeof payload === 'string') return { name: null, text: payload }
  if (!isObject(payload)) return null
  const [only, ...others] = Object.entries(payload)
  return only && others.length === 0 && typeof only[1] === 'string' ? { name: only[0], text: only[1] } : null
}

/** What a model's answer says: the last message, or the text of a payload that says one thing; null otherwise. */
export function lastMessageText(payload: Json): string | null {
  return onlyTextOf(payload)?.text ?? readMessages(payload)?.at(-1)?.text ?? null
}
