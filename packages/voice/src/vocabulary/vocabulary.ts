import { VoxtraceError } from '@voxtrace/model'
import { z } from 'zod'

/** Names as they are written, each with the ways in which they are misheard. */
export type VocabularyEntries = Readonly<Record<string, readonly string[]>>

interface CorrectedTranscript {
  text: string
  /** Whether anything was replaced. */
  changed: boolean
}

/** Puts right the names that speech recognition does not know. */
export interface Vocabulary {
  correctTranscript(raw: string): CorrectedTranscript
}

const word = /[\p{L}\p{M}\p{N}]+/gu

/**
 * Makes a vocabulary of names and the ways they are misheard. Whole words are compared, in any case, whatever
 * stands between them (`box-tross` is heard as `box tross` too); the longest way of hearing comes first, and what was
 * put right is not looked at again. A name itself is put into its own writing (`voxtrace` becomes `Voxtrace`).
 *
 * Errors: an empty name, a way of hearing without a letter or digit, or one that stands for two names.
 */
export function createVocabulary(entries: VocabularyEntries): Vocabulary {
  const names = new Map<string, string>()
  let longest = 0
  for (const [name, heard] of Object.entries(entries)) {
    if (name.trim() === '') throw invalid('a name is empty', 'Write the name as it is to appear')
    for (const way of [name, ...heard]) {
      const key = heardWords(way).join(' ')
      if (key === '')
        throw invalid(
          `“${way}” for “${name}” holds no letter or digit`,
          'Write it in words, as it is misheard',
        )
      const other = names.get(key)
      if (other !== undefined && other !== name) {
        throw invalid(`“${way}” stands for both “${other}” and “${name}”`, 'Leave it with one of them')
      }
      names.set(key, name)
      longest = Math.max(longest, key.split(' ').length)
    }
  }
  return { correctTranscript: (raw) => correct(raw, names, longest) }
}

const schema = z.record(z.string(), z.array(z.string()))

/**
 * Reads vocabulary entries from JSON: an object of names, each with an array of the ways it is misheard, such as
 * `{"Voxtrace": ["box trace"]}`. `origin` names the text in errors, such as a file's path.
 */
export function parseVocabulary(json: string, origin: string): VocabularyEntries {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The vocabulary ${origin} is no valid JSON: ${reason}`,
      { cause: error },
    )
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue?.path.length ? ` at ${issue.path.join(', ')}` : ''
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `The vocabulary ${origin} is not as expected${at}: ${issue?.message}. Give an object of names with arrays of the ways they are misheard, such as {"Voxtrace": ["box trace"]}.`,
  )
}

/** Two vocabularies as one; where both have a name, its ways of hearing are joined. */
export function joinVocabularies(first: VocabularyEntries, second: VocabularyEntries): VocabularyEntries {
  const joined = new Map<string, readonly string[]>(Object.entries(first))
  for (const [name, heard] of Object.entries(second)) {
    joined.set(name, [...new Set([...(joined.get(name) ?? []), ...heard])])
  }
  return Object.fromEntries(joined)
}

function correct(raw: string, names: ReadonlyMap<string, string>, longest: number): CorrectedTranscript {
  const found = Array.from(raw.matchAll(word), (match) => ({
    key: match[0].toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }))
  let text = ''
  let from = 0
  for (let i = 0; i < found.length; ) {
    const taken = longestMatch(raw, found.slice(i, i + longest), names)
    if (!taken) {
      i += 1
      continue
    }
    text += raw.slice(from, found[i]?.start) + taken.name
    from = found[i + taken.words - 1]?.end ?? from
    i += taken.words
  }
  text += raw.slice(from)
  return { text, changed: text !== raw }
}

interface FoundWord {
  key: string
  start: number
  end: number
}

function longestMatch(raw: string, ahead: readonly FoundWord[], names: ReadonlyMap<string, string>) {
  for (let words = ahead.length; words > 0; words--) {
    const taken = ahead.slice(0, words)
    const unbroken = taken.every((one, i) => i === 0 || joined(raw, taken[i - 1], one))
    const name = unbroken ? names.get(taken.map(({ key }) => key).join(' ')) : undefined
    if (name !== undefined) return { name, words }
  }
  return null
}

/** Words of two sentences are never one name; the letters of an abbreviation may have full stops. */
function joined(raw: string, before: FoundWord | undefined, after: FoundWord): boolean {
  const between = raw.slice(before?.end, after.start)
  return before?.key.length === 1
    ? /^[\s\-'’_.]{0,2}$/.test(between)
    : /^(?:[\s\-'’_]{1,2}|\.)?$/.test(between)
}

function heardWords(way: string): string[] {
  return Array.from(way.matchAll(word), (match) => match[0].toLowerCase())
}

function invalid(what: string, remedy: string): VoxtraceError {
  return new VoxtraceError('INVALID_PARAMETER_VALUE', `The vocabulary is not usable: ${what}. ${remedy}.`)
}
