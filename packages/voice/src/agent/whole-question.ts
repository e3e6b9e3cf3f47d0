import { soundsUnfinished } from './unfinished.ts'

const questionWords = new Set('what how where why when who which whose'.split(' '))
const auxiliaries = new Set('is are was were do does did can could should would will have has may'.split(' '))
/** Words before a noun, which a question may pause at but hardly ends with. */
const beforeNoun = new Set('real last own new first next such same other'.split(' '))
const fewestWords = 3
/** Shorter questions are as often the beginning of a longer one: "how can I change", "what is the difference". */
const fewestWordsOfWhole = 6

/**
 * Whether the words so far are a question: `whole` when they need nothing more by their number, `open` when they may
 * be the beginning of a longer one; null when they are no question, or lead on.
 */
export function questionIn(text: string): 'whole' | 'open' | null {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
  const first = words[0] ?? ''
  if (!questionWords.has(first) && !auxiliaries.has(first)) return null
  if (words.length < fewestWords || soundsUnfinished(text)) return null
  return words.length >= fewestWordsOfWhole && !beforeNoun.has(words.at(-1) ?? '') ? 'whole' : 'open'
}
