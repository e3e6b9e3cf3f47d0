import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
// Only for being here as well: a native library that the worker alone has loaded is unloaded when the worker ends, a moment
// before the system calls what the library left to be called at the end of the thread. That ends the process (SIGSEGV).
import '@evan/opus'
import type { SoundFailure, SoundReply, SoundRequest } from './sound-message.ts'

/** Ended from outside while it is in native code, the thread would take the process with it (SIGSEGV). */
const longestEndMs = 6_000

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
  /** 1 once the thread is to end; shared with it, so that it leaves what is still asked for. */
  readonly #ending = new Int32Array(new SharedArrayBuffer(4))
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

  /** What is still asked for fails at once. Waits for the thread to end after what it is at, at most 6 s. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.values()) reject(new Error('The server is stopping.'))
    this.#waiting.clear()
    const worker = this.#worker
    if (worker === null) return
    const ended = once(worker, 'exit')
    worker.ref()
    Atomics.store(this.#ending, 0, 1)
    worker.postMessage('end')
    await Promise.race([ended, sleep(longestEndMs, undefined, { ref: false })])
    worker.unref()
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./sound-worker.${extension}`, import.meta.url), {
      name: 'sound',
      workerData: this.#ending,
    })
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
