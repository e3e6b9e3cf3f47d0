/** A piece of a document, small enough to be answered from. */
export interface Passage {
  /** Stable for the same source and text. */
  id: string
  /** The headings above it, outermost first, joined by ` > `. */
  title: string
  /** File path relative to the knowledge folder, or URL. */
  source: string
  text: string
}

export interface ScoredPassage extends Passage {
  /** Cosine similarity to the query, -1 to 1. */
  score: number
}

/** The documents the bot answers from. */
export interface Knowledge {
  /** How many passages it holds. */
  readonly size: number
  readonly embeddingModel: string
  /** The passages closest to the query, best first. Errors: the embedder or the vector store failing. */
  search(query: string, topK: number): Promise<ScoredPassage[]>
  close(): Promise<void>
}
