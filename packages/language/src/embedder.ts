export interface EmbedOptions {
  /**
   * `background` is for work nobody waits for: it runs on a thread of its own, at low priority where the system
   * can tell threads apart, and pauses while another request is under way.
   */
  priority?: 'normal' | 'background'
  /** Gives the request up when it is aborted: what is not computed by then never is. */
  signal?: AbortSignal
}

/** Turns text into vectors of unit length, so that their dot product is their cosine similarity. */
export interface Embedder {
  readonly model: string
  readonly dimensions: number
  /**
   * One vector a text, in order. Only the first 2,000 characters of a text count. A text of nothing but white
   * space has the zero vector, which is similar to nothing.
   *
   * Errors: the model failed, or the embedder is closed; the signal's reason when it is aborted.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>
  /** Ends the threads. Requests under way fail. Does nothing the second time. */
  close(): Promise<void>
}
