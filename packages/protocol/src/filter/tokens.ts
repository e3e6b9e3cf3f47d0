import { VoxtraceError } from '@voxtrace/model'

/** A piece of a filter text. `position` counts characters from 0, `text` is the piece as written. */
export type Token =
  | { kind: 'name'; segments: NameSegment[]; text: string; position: number }
  | { kind: 'string'; value: string; text: string; position: number }
  | { kind: 'number'; value: number; text: string; position: number }
  | { kind: 'operator' | 'punctuation' | 'end'; text: string; position: number }

/** One part of a dotted name; a quoted one may hold any character. */
export interface NameSegment {
  value: string
  quoted: boolean
}

const space = /\s+/y
const string = /'((?:''|\\'|[^'])*)'/y
const quotedSegment = /`([^`]*)`|"([^"]*)"/y
const plainSegment = /[\p{L}\p{N}_][\p{L}\p{N}_/-]*/uy
const number = /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\p{L}\p{N}_.])/uy
const operator = /<=|>=|!=|<>|=|<|>/y
const punctuation = /[(),]/y

/** Longer texts than any person or program writes are refused before they cost anything. */
const longestFilter = 100_000

/**
 * Cuts a filter text into tokens. A value in double quotes comes as a name of one quoted segment, as only its place tells
 * it from a key. Throws `VoxtraceError` INVALID_PARAMETER_VALUE.
 */
export function tokensOf(text: string): Token[] {
  if (text.length > longestFilter) {
    throw filterError(`The filter has ${text.length} characters; ${longestFilter} are allowed.`)
  }
  const nul = text.indexOf('\0')
  if (nul !== -1) throw filterError(`Invalid clause(s) in filter string: a NUL character${place(nul)}`)
  const tokens: Token[] = []
  let position = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    return pattern.exec(text)
  }
  while (position < text.length) {
    const blank = match(space)
    if (blank) {
      position += blank[0].length
      continue
    }
    const found = match(string)
    if (found) {
      const value = (found[1] ?? '').replaceAll("''", "'").replaceAll("\\'", "'")
      tokens.push({ kind: 'string', value, text: found[0], position })
      position += found[0].length
      continue
    }
    const digits = match(number)
    if (digits) {
      tokens.push({ kind: 'number', value: Number(digits[0]), text: digits[0], position })
      position += digits[0].length
      continue
    }
    const sign = match(operator)
    if (sign) {
      tokens.push({ kind: 'operator', text: sign[0] === '<>' ? '!=' : sign[0], position })
      position += sign[0].length
      continue
    }
    const mark = match(punctuation)
    if (mark) {
      tokens.push({ kind: 'punctuation', text: mark[0], position })
      position += mark[0].length
      continue
    }
    const name = nameAt(text, position)
    tokens.push(name)
    position += name.text.length
  }
  tokens.push({ kind: 'end', text: '', position })
  return tokens
}

/** Reads a name such as `tags.mlflow.source`, span.attributes."a b" or `Run Name`, its segments joined by dots. */
function nameAt(text: string, position: number): Token & { kind: 'name' } {
  const segments: NameSegment[] = []
  let end = position
  do {
    if (segments.length > 0) end++
    quotedSegment.lastIndex = end
    const quoted = quotedSegment.exec(text)
    plainSegment.lastIndex = end
    const plain = quoted === null ? plainSegment.exec(text) : null
    if (quoted !== null) segments.push({ value: quoted[1] ?? quoted[2] ?? '', quoted: true })
    else if (plain !== null) segments.push({ value: plain[0], quoted: false })
    else throw unreadable(text, end)
    end += (quoted ?? plain)?.[0].length ?? 0
  } while (text[end] === '.')
  return { kind: 'name', segments, text: text.slice(position, end), position }
}

function unreadable(text: string, position: number): VoxtraceError {
  const rest = text.slice(position, position + 40)
  const quote = /^['"`]/.exec(rest)?.[0]
  const reason = quote === undefined ? '' : `, a quote ${quote} that is not closed`
  return filterError(`Invalid clause(s) in filter string: '${rest}'${reason}${place(position)}`)
}

/** How messages name a place in the text; people count from 1. */
export function place(position: number): string {
  return ` (at character ${position + 1})`
}

export function filterError(message: string): VoxtraceError {
  return new VoxtraceError('INVALID_PARAMETER_VALUE', message)
}
