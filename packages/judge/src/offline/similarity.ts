import { dot, type Embedder } from '@voxtrace/language'

const keptVectors = 4000

/**
 * Cosine similarity of texts by their sentence embeddings, 1 for the same. Remembers the vectors of the texts it
 * saw last, since a document is retrieved for many turns and embedding is what a judgement spends its time on.
 */
export class Similarity {
  readonly #embedder: Embedder
  /** In order of last use, the oldest first. */
  readonly #vectors = new Map<string, Promise<Float32Array>>()

  constructor(embedder: Embedder) {
    this.#embedder = embedder
  }

  async between(a: string, b: string): Promise<number> {
    const [left, right] = await this.#embed([a, b])
    return left && right ? dot(left, right) : 0
  }

  /** The most similar of the candidates to any of the texts; null where one side is empty. */
  async closest(
    texts: readonly string[],
    candidates: readonly string[],
  ): Promise<{ similarity: number; text: string; candidate: string } | null> {
    const vectors = await this.#embed([...texts, ...candidates])
    let best: { similarity: number; text: string; candidate: string } | null = null
    texts.forEach((text, i) => {
      candidates.forEach((candidate, j) => {
        const [left, right] = [vectors[i], vectors[texts.length + j]]
        const similarity = left && right ? dot(left, right) : 0
        if (!best || similarity > best.similarity) best = { similarity, text, candidate }
      })
    })
    return best
  }

  async #embed(texts: readonly string[]): Promise<Float32Array[]> {
    const missing = [...new Set(texts)].filter((text) => !this.#vectors.has(text))
    if (missing.length > 0) {
      const batch = this.#embedder.embed(missing)
      missing.forEach((text, i) => {
        const vector = batch.then((vectors) => {
          const found = vectors[i]
          if (!found)
            throw new Error(`The embedder gave ${vectors.length} vectors for ${missing.length} texts.`)
          return found
        })
        vector.catch(() => this.#vectors.delete(text))
        this.#vectors.set(text, vector)
      })
    }
    const vectors = texts.map((text) => this.#vectors.get(text))
    for (const text of new Set(texts)) this.#touch(text)
    this.#forgetOldest()
    return Promise.all(vectors.filter((vector) => vector !== undefined))
  }

  #touch(text: string): void {
    const vector = this.#vectors.get(text)
    if (!vector) return
    this.#vectors.delete(text)
    this.#vectors.set(text, vector)
  }

  #forgetOldest(): void {
    for (const text of this.#vectors.keys()) {
      if (this.#vectors.size <= keptVectors) return
      this.#vectors.delete(text)
    }
  }
}
