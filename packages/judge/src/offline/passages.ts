import { contentWords, inverseDocumentFrequency, sentences, stem } from '@voxtrace/language'
import type { Passage } from '../subject.ts'

/** All that the documents say, their titles included. */
export function sourceOf(documents: readonly Passage[]): string {
  return documents.map((document) => `${document.title ?? ''}\n${document.text}`).join('\n')
}

/** What is embedded of a sentence: the time grows with its length, and a block of code is one sentence. */
const longestSentence = 300

/**
 * The sentences of the documents that share most with the text by the weight of common words, best first, at most
 * `limit`: only these are worth an embedding. Where none shares a word the first sentences stand in.
 */
export function sentencesNear(text: string, documents: readonly Passage[], limit: number): string[] {
  const all = [
    ...new Set(documents.flatMap((document) => [document.title ?? '', ...sentences(document.text)])),
  ]
  const candidates = all.filter((sentence) => sentence.trim() !== '')
  const { weight } = inverseDocumentFrequency(candidates, stems)
  const wanted = new Set(stems(text))
  return candidates
    .map((sentence) => ({ sentence, shared: sharedWeight(sentence, wanted, weight) }))
    .sort((a, b) => b.shared - a.shared)
    .slice(0, limit)
    .map(({ sentence }) => sentence.slice(0, longestSentence))
}

/** The content words of a text in their common form. */
export function stems(text: string): string[] {
  return contentWords(text).map(stem)
}

function sharedWeight(
  sentence: string,
  wanted: ReadonlySet<string>,
  weight: (word: string) => number,
): number {
  let shared = 0
  for (const word of new Set(stems(sentence))) if (wanted.has(word)) shared += weight(word)
  return shared
}
