import type { Json, JsonObject } from '../json.ts'
import type { Span } from '../span.ts'

/** The first of the attributes that is present and not null. */
export function firstValue(attributes: JsonObject, ...keys: string[]): Json | undefined {
  for (const key of keys) {
    const value = attributes[key]
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

/** The first of the attributes that is text, and not only spaces. A JSON string in a string is unwrapped. */
export function textOf(attributes: JsonObject, ...keys: string[]): string | null {
  for (const key of keys) {
    let value = attributes[key]
    if (typeof value === 'string' && value.startsWith('"')) value = parsed(value)
    if (typeof value === 'string' && value.trim() !== '') return value
  }
  return null
}

/** The first of the attributes that is a finite number, or text that spells one. */
export function numberOf(attributes: JsonObject, ...keys: string[]): number | null {
  for (const key of keys) {
    const value = attributes[key]
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isFinite(number)) return number
  }
  return null
}

/** The first of the attributes that is a boolean, or text that spells one. */
export function booleanOf(attributes: JsonObject, ...keys: string[]): boolean | null {
  for (const key of keys) {
    const value = attributes[key]
    if (typeof value === 'boolean') return value
    if (value === 'true' || value === 'True') return true
    if (value === 'false' || value === 'False') return false
  }
  return null
}

/** Longer than any conversation: about 31 years. What claims to last longer, or less than nothing, is no duration. */
const longestMs = 1e12

/** The first of the attributes that is a duration in milliseconds. */
export function millisecondsOf(attributes: JsonObject, ...keys: string[]): number | null {
  return durationOf(numberOf(attributes, ...keys))
}

/** The first of the attributes that is a duration in seconds, as milliseconds rounded to the microsecond. */
export function secondsOf(attributes: JsonObject, ...keys: string[]): number | null {
  const seconds = numberOf(attributes, ...keys)
  return durationOf(seconds === null ? null : Math.round(seconds * 1e6) / 1e3)
}

/** Milliseconds from the span's start to its first event of that name. */
export function firstEventMs(span: Span, name: string): number | null {
  const event = span.events.find((each) => each.name === name)
  if (event === undefined) return null
  return durationOf(Number((event.timeUnixNano - span.startTimeUnixNano) / 1000n) / 1e3)
}

function durationOf(ms: number | null): number | null {
  return ms !== null && ms >= 0 && ms <= longestMs ? ms : null
}

/** Decodes an attribute that holds JSON text by convention; text that is no JSON stays text. */
export function parsed(value: Json): Json {
  if (typeof value !== 'string') return value
  try {
    const decoded: Json = JSON.parse(value)
    return decoded
  } catch {
    return value
  }
}

/**
 * Decodes an attribute that may hold a JSON object, array or string as text; other text stays text, digits included.
 */
export function parsedStructure(value: Json): Json {
  if (typeof value !== 'string') return value
  const first = value.trimStart()[0]
  return first === '{' || first === '[' || first === '"' ? parsed(value) : value
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Gathers attributes that are flattened lists, such as `llm.input_messages.0.message.role`, into one object per index.
 * What follows the index is the member's name, without `inner` when it begins so.
 */
export function flattenedList(attributes: JsonObject, prefix: string, inner: string): JsonObject[] {
  const items: JsonObject[] = []
  for (const [key, value] of Object.entries(attributes)) {
    if (!key.startsWith(prefix)) continue
    const match = /^(\d{1,4})\.(.+)$/.exec(key.slice(prefix.length))
    if (!match) continue
    const name = match[2] ?? ''
    const index = Number(match[1])
    const item = items[index] ?? {}
    item[name.startsWith(inner) ? name.slice(inner.length) : name] = value
    items[index] = item
  }
  return items.filter((item) => item !== undefined)
}
