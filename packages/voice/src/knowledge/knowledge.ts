/** A piece of a document, small enough to be answered from. */
export interface Passage {
  /** Stable for the same source and text. */
  id: string
  /** The headings above it, outermost first, joined by ` > `. */
  title: string
  /** File path relative to the knowledge folder, or URL. */
  source: string
  /** Markdown, its links reduced to their text. */
  text: string
}

export interface ScoredPassage extends Passage {
  /** Cosine similarity to the query, -1 to 1; null while the passage is not yet embedded and was found by its words. */
  score: number | null
  /** How much of the query's meaning-bearing words, weighted by their rarity in the knowledge, the passage has, 0 to 1. */
  coverage?: number
  /** The query's meaning-bearing words as stems, each with its share of their weight in the knowledge; they sum to 1. */
  queryTerms?: ReadonlyMap<string, number>
}

/** The documents the bot answers from. */
export interface Knowledge {
  /** How many passages it holds. */
  readonly size: number
  /** How many of them are embedded by now; the others are found by their words only. */
  readonly embedded: number
  readonly embeddingModel: string
  /** What the documents are about, such as a product's name; null when nothing tells. */
  readonly subject: string | null
  /** Resolves when every passage is embedded. Rejects when embedding failed or was ended by `close`. */
  readonly ready: Promise<void>
  /** The passages closest to the query, best first. Errors: the embedder or the vector store failing. */
  search(query: string, topK: number): Promise<ScoredPassage[]>
  close(): Promise<void>
}
