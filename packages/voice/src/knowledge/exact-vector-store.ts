import type { EmbeddedPassage, VectorMatch, VectorStore } from './vector-store.ts'

/** Keeps vectors in memory and compares the query with every one of them. */
export class ExactVectorStore implements VectorStore {
  readonly #dimensions: number
  readonly #positions = new Map<string, number>()
  readonly #ids: string[] = []
  #vectors = new Float32Array(0)

  constructor(dimensions: number) {
    this.#dimensions = dimensions
  }

  async known(): Promise<Set<string>> {
    return new Set(this.#ids)
  }

  async add(passages: readonly EmbeddedPassage[]): Promise<void> {
    this.#reserve(this.#ids.length + passages.length)
    for (const { passage, vector } of passages) {
      const position = this.#positions.get(passage.id) ?? this.#ids.push(passage.id) - 1
      this.#positions.set(passage.id, position)
      this.#vectors.set(vector, position * this.#dimensions)
    }
  }

  async search(query: Float32Array, count: number, also: readonly string[]): Promise<VectorMatch[]> {
    const all = this.#ids.map((id, position) => ({ id, score: this.#similarity(query, position) }))
    all.sort((a, b) => b.score - a.score)
    const wanted = new Set(also)
    return all.filter(({ id }, rank) => rank < count || wanted.has(id))
  }

  #similarity(query: Float32Array, position: number): number {
    const from = position * this.#dimensions
    let sum = 0
    for (let i = 0; i < this.#dimensions; i++) sum += (query[i] ?? 0) * (this.#vectors[from + i] ?? 0)
    return sum
  }

  #reserve(count: number): void {
    const needed = count * this.#dimensions
    if (needed <= this.#vectors.length) return
    const grown = new Float32Array(Math.max(needed, this.#vectors.length * 2))
    grown.set(this.#vectors)
    this.#vectors = grown
  }
}
