import { contentWords, stem, words } from '@voxtrace/language'
import { nearTerm } from './near-term.ts'

const k1 = 1.2
const b = 0.75

/** "How long" asks for a measure; it is no word to be found. */
const askedMeasure = /\bhow (?:long|far|often|big|large|fast|high|old|tall)\b/gi

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
  /** For each term the first word of the texts that it stands for. */
  readonly #written = new Map<string, string>()
  readonly #frequencies: ReadonlyMap<string, number>
  readonly #lengths: number[]
  readonly #meanLength: number

  constructor(texts: readonly string[]) {
    this.#lengths = texts.map((text, position) => {
      const counts = new Map<string, number>()
      const found = contentWords(text)
      for (const word of found) {
        const term = stem(word)
        counts.set(term, (counts.get(term) ?? 0) + 1)
        if (!this.#written.has(term)) this.#written.set(term, word)
      }
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

  /** A query with the words that no text has replaced by ones near to them, such as slips of speech recognition. */
  corrected(query: string): string {
    const heard = words(query)
    const meant = heard.map((word) => {
      const [term] = terms(word)
      const known = term === undefined ? undefined : this.#known(term)
      return known === undefined || known === term ? word : (this.#written.get(known) ?? word)
    })
    return meant.some((word, i) => word !== heard[i]) ? meant.join(' ') : query
  }

  /** A query's terms, each with its share of their weight. A word that no text has stands for one near to it. */
  termsOf(query: string): Map<string, number> {
    const asked = [...new Set(terms(query.replace(askedMeasure, 'how')).map((term) => this.#known(term)))]
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
