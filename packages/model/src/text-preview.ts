import { parsedStructure } from './conventions/attribute-values.ts'
import { lastMessageText } from './conventions/messages.ts'
import type { Json } from './json.ts'

/** What MLflow keeps of a preview at most (TRACE_REQUEST_RESPONSE_PREVIEW_MAX_LENGTH_OSS), in characters. */
const longestPreview = 1000

/**
 * A short text of a root's inputs (`user`) or outputs (`assistant`), by MLflow's rule: the text of the last message of
 * that role, or the whole as JSON when it holds no messages; at most 1000 characters, cut off with `...`. Null for
 * null. A character outside Unicode's first plane counts once and is never cut in half.
 */
export function textPreview(value: Json | undefined, role: 'user' | 'assistant'): string | null {
  if (value === undefined || value === null) return null
  const text =
    lastMessageText(parsedStructure(value), role) ??
    (typeof value === 'string' ? value : beginningOfJson(value))
  if (text.length <= longestPreview) return text
  const characters = Array.from(text.slice(0, 2 * longestPreview + 2))
  if (characters.length <= longestPreview) return text
  return `${characters.slice(0, longestPreview - 3).join('')}...`
}

/** What is nested deeper shows as `...`. */
const deepestShown = 32

/** A value's JSON, complete when it is short, and only so much of it as a preview may need when it is long or deep. */
function beginningOfJson(value: Json): string {
  const enough = 2 * longestPreview + 2
  let text = ''
  const write = (part: Json, depth: number): void => {
    if (text.length > enough) return
    if (typeof part === 'string') text += JSON.stringify(part.slice(0, enough))
    else if (typeof part !== 'object' || part === null) text += JSON.stringify(part)
    else if (depth > deepestShown) text += '...'
    else if (Array.isArray(part)) {
      for (const [index, item] of part.entries()) {
        if (text.length > enough) return
        text += index === 0 ? '[' : ','
        write(item, depth + 1)
      }
      text += part.length === 0 ? '[]' : ']'
    } else {
      let separator = '{'
      for (const [key, member] of Object.entries(part)) {
        if (text.length > enough) return
        text += `${separator}${JSON.stringify(key)}:`
        separator = ','
        write(member, depth + 1)
      }
      text += separator === '{' ? '{}' : '}'
    }
  }
  write(value, 0)
  return text
}
