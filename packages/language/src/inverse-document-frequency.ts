import { words } from './words.ts'

export interface WordWeights {
  /** how rare a word is: ln((N + 1) / (df + 0.5)). A word seen nowhere is the rarest of all. */
  weight(word: string): number
  /** How many sentences were counted. */
  readonly size: number
}

/**
 * Weighs words by how few of the sentences hold them: ln((N + 1) / (df + 0.5)), where N is the number of sentences
 * and df the number of them with the word. `split` gives the words of a sentence, in the form `weight` is asked for.
 */
export function inverseDocumentFrequency(
  sentences: readonly string[],
  split: (sentence: string) => readonly string[] = words,
): WordWeights {
  const frequency = new Map<string, number>()
  for (const sentence of sentences) {
    for (const word of new Set(split(sentence))) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  }
  const size = sentences.length
  return {
    size,
    weight: (word) => Math.log((size + 1) / ((frequency.get(word) ?? 0) + 0.5)),
  }
}
