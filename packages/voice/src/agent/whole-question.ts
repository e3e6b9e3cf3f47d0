import { soundsUnfinished } from './unfinished.ts'

const questionWords = new Set('what how where why when who which whose'.split(' '))
const auxiliaries = new Set('is are was were do does did can could should would will have has may'.split(' '))
/** Words before a noun, which a question may pause at but hardly ends with. */
const beforeNoun = new Set('real last own new first next such same other'.split(' '))
/** Shorter questions are as often the beginning of a longer one: "how can I change", "what is the difference". */
const fewestWords = 6

/**
 * Whether the words so far are a question that needs nothing more: it begins as one, is long enough and does not
 * lead on; or it asks what something is ("what is a trace").
 */
export function isWholeQuestion(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
  const [first = '', second = '', third = ''] = words
  if (!questionWords.has(first) && !auxiliaries.has(first)) return false
  if (beforeNoun.has(words.at(-1) ?? '') || soundsUnfinished(text)) return false
  const asksForMeaning = /^(?:is|are)$/.test(second) && /^an?$/.test(third) && words.length === 4
  return words.length >= fewestWords || asksForMeaning
}
