/** What the embedding thread is asked: the vectors of a few texts. */
export interface EmbeddingRequest {
  id: number
  texts: string[]
}

/** What the embedding thread says: once `ready`, then one answer a request. */
export type EmbeddingReply =
  | { type: 'ready'; dimensions: number }
  | { type: 'vectors'; id: number; vectors: Float32Array[] }
  | { type: 'failed'; id: number; message: string }
