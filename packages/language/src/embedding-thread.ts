import { Worker } from 'node:worker_threads'
import type { EmbeddingReply, EmbeddingRequest } from './embedding-message.ts'

/** Texts computed together. Larger batches are no faster and let others wait longer. */
const batchTexts = 8
const batchCharacters = 1600

interface Task {
  texts: string[]
  /** Positions in `texts` that are still to do, the shortest texts first, as a batch is padded to its longest. */
  remaining: number[]
  vectors: Float32Array[]
  resolve(vectors: Float32Array[]): void
  reject(error: Error): void
}

interface Running {
  task: Task
  positions: number[]
}

/**
 * One worker thread with the model in it, and the queue in front of it.
 *
 * States: starting > idle <-> busy > stopped. A batch is sent only when the one before is answered, and tasks take
 * turns batch by batch, so that a question never waits for the whole of a large request. When the thread dies, the
 * tasks it held fail and it is stopped for good; its owner starts another.
 */
export class EmbeddingThread {
  readonly ready: Promise<number>
  readonly #worker: Worker
  readonly #tasks: Task[] = []
  #running: Running | null = null
  #started = false
  #stopped: Error | null = null
  #nextId = 1

  constructor(options: { background: boolean }) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./embedding-worker.${extension}`, import.meta.url), {
      workerData: options,
      name: options.background ? 'embeddings-background' : 'embeddings',
    })
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: EmbeddingReply) => {
        if (reply.type === 'ready') {
          this.#started = true
          resolve(reply.dimensions)
          this.#next()
        } else this.#finish(reply)
      })
      this.#worker.on('error', (error) =>
        this.#stop(new Error(`The embedding thread failed: ${error.message}`, { cause: error })),
      )
      this.#worker.on('exit', (code) => {
        const reason = this.#stopped ?? new Error(`The embedding thread ended with code ${code}.`)
        this.#stop(reason)
        reject(reason)
      })
    })
    this.ready.catch(() => undefined)
  }

  get stopped(): boolean {
    return this.#stopped !== null
  }

  /** How many requests wait or are under way. */
  get pending(): number {
    return this.#tasks.length + (this.#running ? 1 : 0)
  }

  embed(texts: string[]): Promise<Float32Array[]> {
    if (this.#stopped) return Promise.reject(this.#stopped)
    return new Promise((resolve, reject) => {
      const remaining = texts.map((_, position) => position)
      remaining.sort((a, b) => (texts[a]?.length ?? 0) - (texts[b]?.length ?? 0))
      this.#tasks.push({ texts, remaining, vectors: [], resolve, reject })
      this.#next()
    })
  }

  async close(reason: Error): Promise<void> {
    this.#stop(reason)
    await this.#worker.terminate()
  }

  #next(): void {
    if (!this.#started || this.#running || this.#stopped) return
    const task = this.#tasks.shift()
    if (!task) {
      // A waiting thread does not keep the process alive.
      this.#worker.unref()
      return
    }
    this.#worker.ref()
    const positions: number[] = []
    let longest = 0
    for (const position of task.remaining) {
      longest = Math.max(longest, task.texts[position]?.length ?? 0)
      const full = positions.length === batchTexts || longest * (positions.length + 1) > batchCharacters
      if (positions.length > 0 && full) break
      positions.push(position)
    }
    task.remaining.splice(0, positions.length)
    this.#running = { task, positions }
    const request: EmbeddingRequest = {
      id: this.#nextId++,
      texts: positions.map((position) => task.texts[position] ?? ''),
    }
    this.#worker.postMessage(request)
  }

  #finish(reply: Exclude<EmbeddingReply, { type: 'ready' }>): void {
    const running = this.#running
    if (!running) return
    this.#running = null
    const { task, positions } = running
    if (reply.type === 'failed') task.reject(new Error(`The embedding model failed: ${reply.message}`))
    else {
      positions.forEach((position, i) => {
        const vector = reply.vectors[i]
        if (vector) task.vectors[position] = vector
      })
      if (task.remaining.length > 0) this.#tasks.push(task)
      else task.resolve(task.vectors)
    }
    this.#next()
  }

  #stop(reason: Error): void {
    if (this.#stopped) return
    this.#stopped = reason
    this.#running?.task.reject(reason)
    this.#running = null
    for (const task of this.#tasks.splice(0)) task.reject(reason)
  }
}
