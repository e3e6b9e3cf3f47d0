/** Turns text into vectors of unit length, so that their dot product is their cosine similarity. */
export interface Embedder {
  readonly model: string
  readonly dimensions: number
  /** One vector a text, in order. */
  embed(texts: readonly string[]): Promise<Float32Array[]>
  close(): Promise<void>
}
