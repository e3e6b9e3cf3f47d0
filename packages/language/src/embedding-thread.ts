import { Worker } from 'node:worker_threads'
import type { EmbeddingReply, EmbeddingRequest } from './embedding-message.ts'

/** Texts computed together. Larger batches are no faster and let others wait longer. */
const batchTexts = 8
const batchCharacters = 1600
/** Characters of a batch that nobody waits for: one that has begun runs beside a question that comes meanwhile. */
const backgroundBatchCharacters = 400

interface Task {
  texts: string[]
  /** Positions in `texts` that are still to do, the shortest texts first, as a batch is padded to its longest. */
  remaining: number[]
  vectors: Float32Array[]
  resolve(vectors: Float32Array[]): void
  reject(reason: unknown): void
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
  readonly #batchCharacters: number
  #running: Running | null = null
  #started = false
  #held = false
  #stopped: Error | null = null
  #nextId = 1

  constructor(options: { background: boolean }) {
    this.#batchCharacters = options.background ? backgroundBatchCharacters : batchCharacters
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

  embed(texts: string[], signal?: AbortSignal): Promise<Float32Array[]> {
    if (this.#stopped) return Promise.reject(this.#stopped)
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise<Float32Array[]>((resolve, reject) => {
      const remaining = texts.map((_, position) => position)
      remaining.sort((a, b) => (texts[a]?.length ?? 0) - (texts[b]?.length ?? 0))
      const settled = () => signal?.removeEventListener('abort', giveUp)
      const task: Task = {
        texts,
        remaining,
        vectors: [],
        resolve(vectors) {
          settled()
          resolve(vectors)
        },
        reject(reason) {
          settled()
          reject(reason)
        },
      }
      const giveUp = () => this.#giveUp(task, signal?.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#tasks.push(task)
      this.#next()
    })
  }

  /** Begins no further batch until `release`. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    this.#next()
  }

  async close(reason: Error): Promise<void> {
    this.#stop(reason)
    await this.#worker.terminate()
  }

  #next(): void {
    if (!this.#started || this.#running || this.#stopped || this.#held) return
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
      const full = positions.length === batchTexts || longest * (positions.length + 1) > this.#batchCharacters
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

  /** What the thread computes for it at the moment has no remaining texts and goes to nobody. */
  #giveUp(task: Task, reason: unknown): void {
    task.remaining.length = 0
    const waiting = this.#tasks.indexOf(task)
    if (waiting >= 0) this.#tasks.splice(waiting, 1)
    task.reject(reason)
  }

  #stop(reason: Error): void {
    if (this.#stopped) return
    this.#stopped = reason
    this.#running?.task.reject(reason)
    this.#running = null
    for (const task of this.#tasks.splice(0)) task.reject(reason)
  }
}
