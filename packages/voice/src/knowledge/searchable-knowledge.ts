import type { Embedder } from '@voxtrace/language'
import { DefinitionIndex, definedSubject } from './definition.ts'
import type { Knowledge, Passage, ScoredPassage } from './knowledge.ts'
import { LexicalIndex, type LexicalMatch } from './lexical-index.ts'
import { questionHeading, questionLikeness } from './question-heading.ts'
import type { VectorStore } from './vector-store.ts'

/** How many passages each of the two ways brings for the common ranking. */
const candidates = 40
/** How many are brought by their words while some can be found by nothing else. */
const candidatesUnembedded = 400
const rememberedQueries = 32
/** By how much two questions are more similar than a question and a passage that are as much about the same. */
const questionsAlike = 0.15
/** What the best match by words is worth beside a cosine similarity. */
const lexicalShare = 0.35
/** What an explanation of the subject that was asked about is worth. */
const definitionShare = 0.4

interface Candidate {
  position: number
  score: number | null
  coverage: number
  rank: number
}

/**
 * Finds passages by meaning (cosine similarity of embeddings) and by words (BM25) and ranks them by both: similarity
 * plus 0.35 of the BM25 score relative to the best one of the query, plus up to 0.4 when the question asks what something is
 * and the passage explains just that.
 */
export class SearchableKnowledge implements Knowledge {
  readonly ready: Promise<void>
  readonly embeddingModel: string
  readonly subject: string | null
  readonly #passages: readonly Passage[]
  readonly #positions: Map<string, number>
  readonly #lexical: LexicalIndex
  readonly #definitions: DefinitionIndex
  readonly #store: VectorStore
  readonly #embedder: Embedder
  readonly #end: AbortController
  readonly #queries = new Map<string, Promise<Float32Array>>()
  #embedded = 0

  constructor(
    passages: readonly Passage[],
    parts: { store: VectorStore; embedder: Embedder; subject: string | null },
    embed: (signal: AbortSignal, onProgress: (count: number) => void) => Promise<void>,
  ) {
    this.#passages = passages
    this.#positions = new Map(passages.map(({ id }, position) => [id, position]))
    this.#lexical = new LexicalIndex(passages.map(({ title, text }) => `${title}\n${text}`))
    this.#definitions = new DefinitionIndex(passages.map(({ text }) => text))
    this.#store = parts.store
    this.#embedder = parts.embedder
    this.subject = parts.subject
    this.embeddingModel = parts.embedder.model
    this.#end = new AbortController()
    this.ready = embed(this.#end.signal, (count) => {
      this.#embedded += count
    })
  }

  get size(): number {
    return this.#passages.length
  }

  get embedded(): number {
    return this.#embedded
  }

  async search(query: string, topK: number): Promise<ScoredPassage[]> {
    if (query.trim() === '' || topK <= 0) return []
    const queryTerms = this.#lexical.termsOf(query)
    const matches = this.#lexical.search(queryTerms)
    const explaining = this.#definitions.weights(definedSubject(query) ?? [])
    const byWords = [...matches.values()]
      .sort(
        (a, b) => (explaining.get(b.position) ?? 0) - (explaining.get(a.position) ?? 0) || b.score - a.score,
      )
      .slice(0, this.#embedded < this.size ? candidatesUnembedded : candidates)
    const vector = await this.#vectorOf(this.#lexical.corrected(query))
    const also = byWords.map(({ position }) => this.#passages[position]?.id ?? '')
    const byMeaning = await this.#store.search(vector, Math.max(candidates, topK), also)
    const ranked = this.#rank(query, explaining, byWords, byMeaning, matches)
    return ranked.slice(0, topK).flatMap(({ position, score, coverage }) => {
      const passage = this.#passages[position]
      return passage ? [{ ...passage, score, coverage, queryTerms }] : []
    })
  }

  /** Whether it was closed, so that an end of the embedding is no failure. */
  get closed(): boolean {
    return this.#end.signal.aborted
  }

  async close(): Promise<void> {
    this.#end.abort(new Error('The knowledge was closed.'))
    await this.ready.catch(() => undefined)
  }

  /** A query that was asked lately is not embedded again, as an answer begun ahead asks twice. */
  #vectorOf(query: string): Promise<Float32Array> {
    const known = this.#queries.get(query)
    if (known) return known
    const [oldest] = this.#queries.keys()
    if (oldest !== undefined && this.#queries.size === rememberedQueries) this.#queries.delete(oldest)
    const vector = this.#embedder
      .embed([query])
      .then(([only]) => only ?? new Float32Array(this.#embedder.dimensions))
    this.#queries.set(query, vector)
    vector.catch(() => this.#queries.delete(query))
    return vector
  }

  #rank(
    query: string,
    explaining: ReadonlyMap<number, number>,
    byWords: readonly LexicalMatch[],
    byMeaning: readonly { id: string; score: number }[],
    matches: ReadonlyMap<number, LexicalMatch>,
  ): Candidate[] {
    const best = Math.max(...byWords.map(({ score }) => score), Number.MIN_VALUE)
    const found = new Map<number, Candidate>()
    const words = (position: number) => (matches.get(position)?.score ?? 0) / best
    const coverage = (position: number) => matches.get(position)?.coverage ?? 0
    const question = (position: number) => questionHeading(this.#passages[position] ?? { title: '' })
    for (const { position } of byWords) {
      const asked = question(position)
      // Not embedded yet: taken for as similar in meaning as it is in words.
      const nearness = asked ? questionLikeness(query, asked) - questionsAlike : 0.5 * words(position)
      const rank = nearness + lexicalShare * words(position)
      found.set(position, { position, score: null, coverage: coverage(position), rank })
    }
    for (const { id, score } of byMeaning) {
      const position = this.#positions.get(id)
      if (position === undefined) continue
      const nearness = question(position) ? score - questionsAlike : score
      const rank = nearness + lexicalShare * words(position)
      found.set(position, { position, score, coverage: coverage(position), rank })
    }
    for (const [position, weight] of explaining) {
      const candidate = found.get(position)
      if (candidate) candidate.rank += definitionShare * weight
    }
    return [...found.values()].sort((a, b) => b.rank - a.rank)
  }
}
