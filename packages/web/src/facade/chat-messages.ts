import type { Json, JsonObject } from '@voxtrace/model'

/** Images and sounds that a message or a value holds. */
export interface Medium {
  kind: 'image' | 'audio'
  /** A data URL or an address. */
  url: string
}

export interface ChatMessage {
  role: string
  text: string
  media: Medium[]
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
  const content = value.content ?? value.parts ?? ''
  return { role: value.role, text: textOf(content), media: mediaOf(content) }
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
