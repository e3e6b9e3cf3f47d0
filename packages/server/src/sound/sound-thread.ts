import { Worker } from 'node:worker_threads'
// Only for being here as well: a native library that the worker alone has loaded is unloaded when the worker ends, a moment
// before the system calls what the library left to be called at the end of the thread. That ends the process (SIGSEGV).
import '@evan/opus'
import type { SoundFailure, SoundReply, SoundRequest } from './sound-message.ts'

interface Waiting {
  resolve(reply: SoundReply): void
  reject(reason: Error): void
}

/**
 * Decodes sound beside the thread that answers requests.
 *
 * States: none > running > none (it died) or closed. The thread starts with the first request and again after it died;
 * what it held then fails.
 */
export class SoundThread {
  #worker: Worker | null = null
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #closed = false

  read(request: Omit<SoundRequest, 'id'>): Promise<SoundReply> {
    if (this.#closed) return Promise.reject(new Error('The server is stopping.'))
    const id = this.#nextId++
    this.#worker ??= this.#start()
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...request } satisfies SoundRequest)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./sound-worker.${extension}`, import.meta.url), { name: 'sound' })
    // The server does not wait for sound to be drawn before it ends.
    worker.unref()
    worker.on('message', (reply: SoundReply | SoundFailure) => {
      const waiting = this.#waiting.get(reply.id)
      this.#waiting.delete(reply.id)
      if ('failure' in reply) waiting?.reject(new Error(`Sound could not be read: ${reply.failure}`))
      else waiting?.resolve(reply)
    })
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', (code) => {
      if (this.#worker === worker) this.#worker = null
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`The thread that reads sound ended with code ${code}.`, { cause }))
      }
      this.#waiting.clear()
    })
    return worker
  }
}
