import type { Passage } from './knowledge.ts'

export interface EmbeddedPassage {
  passage: Passage
  /** Of unit length. */
  vector: Float32Array
}

/** A passage's cosine similarity to a query. */
export interface VectorMatch {
  id: string
  score: number
}

/** Where the passages' vectors are kept and compared. */
export interface VectorStore {
  /** The ids of the passages already there. */
  known(): Promise<Set<string>>
  /** Keeps passages; those of an id already there are replaced. */
  add(passages: readonly EmbeddedPassage[]): Promise<void>
  /** The `count` most similar, best first, and the similarity of each of `also` that is there. */
  search(query: Float32Array, count: number, also: readonly string[]): Promise<VectorMatch[]>
}
