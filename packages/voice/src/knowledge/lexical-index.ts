import { contentWords, stem } from '@voxtrace/language'
import { nearTerm } from './near-term.ts'

const k1 = 1.2
const b = 0.75

export interface LexicalMatch {
  position: number
  /** BM25. */
  score: number
  /** Share of the query's words, weighted by rarity, that the text has, 0 to 1. */
  coverage: number
}

/** The words by which texts are found: content words without their inflections. */
export function terms(text: string): string[] {
  return contentWords(text).map(stem)
}

/** Finds texts by their words: Okapi BM25 (k1 1.2, b 0.75) over stems, with an inverted index. */
export class LexicalIndex {
  readonly #postings = new Map<string, { position: number; count: number }[]>()
  readonly #frequencies: ReadonlyMap<string, number>
  readonly #lengths: number[]
  readonly #meanLength: number

  constructor(texts: readonly string[]) {
    this.#lengths = texts.map((text, position) => {
      const counts = new Map<string, number>()
      const found = terms(text)
      for (const term of found) counts.set(term, (counts.get(term) ?? 0) + 1)
      for (const [term, count] of counts) {
        const posting = this.#postings.get(term)
        if (posting) posting.push({ position, count })
        else this.#postings.set(term, [{ position, count }])
      }
      return found.length
    })
    this.#frequencies = new Map(Array.from(this.#postings, ([term, { length }]) => [term, length]))
    this.#meanLength = this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, texts.length) || 1
  }

  /** A query's terms, each with its share of their weight. A word that no text has stands for one near to it. */
  termsOf(query: string): Map<string, number> {
    const asked = [...new Set(terms(query).map((term) => this.#known(term)))]
    const total = asked.reduce((sum, term) => sum + this.#weight(term), 0)
    return new Map(asked.map((term) => [term, this.#weight(term) / total]))
  }

  /** Every text with a term of a query, by position. */
  search(asked: ReadonlyMap<string, number>): Map<number, LexicalMatch> {
    const matches = new Map<number, LexicalMatch>()
    for (const [term, share] of asked) {
      const weight = this.#weight(term)
      for (const { position, count } of this.#postings.get(term) ?? []) {
        const length = (this.#lengths[position] ?? 0) / this.#meanLength
        const match = matches.get(position) ?? { position, score: 0, coverage: 0 }
        match.score += (weight * count * (k1 + 1)) / (count + k1 * (1 - b + b * length))
        match.coverage = Math.min(1, match.coverage + share)
        matches.set(position, match)
      }
    }
    return matches
  }

  #known(term: string): string {
    return this.#postings.has(term) ? term : (nearTerm(term, this.#frequencies) ?? term)
  }

  /** ln(1 + (N - df + 0.5) / (df + 0.5)), BM25's weight of a word, always positive. */
  #weight(term: string): number {
    const frequency = this.#postings.get(term)?.length ?? 0
    return Math.log(1 + (this.#lengths.length - frequency + 0.5) / (frequency + 0.5))
  }
}
