import { stopWords } from './stop-words.ts'
import { words } from './words.ts'

/** The words of a text that carry meaning: all but stop words and single letters. */
export function contentWords(text: string): string[] {
  return words(text).filter((word) => !stopWords.has(word) && !/^\p{Script=Latin}$/u.test(word))
}
