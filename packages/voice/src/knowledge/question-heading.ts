import { stem, words } from '@voxtrace/language'
import type { Passage } from './knowledge.ts'

/**
 * The question that a passage answers: its innermost heading, when that ends in a question mark. Null for other
 * passages.
 */
export function questionHeading({ title }: Pick<Passage, 'title'>): string | null {
  const heading = title.split(' > ').at(-1) ?? ''
  return /\?\s*$/.test(heading) ? heading : null
}

/**
 * How much two questions are alike in their words, those of grammar too, 0 to 1: twice the words they share by the words they
 * have. It stands in for similarity while a question is not embedded.
 */
export function questionLikeness(one: string, other: string): number {
  const left = new Set(words(one).map(stem))
  const right = new Set(words(other).map(stem))
  const shared = [...left].filter((word) => right.has(word)).length
  return (2 * shared) / (left.size + right.size || 1)
}
