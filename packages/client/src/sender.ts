import type { Circuit } from './circuit-breaker.ts'
import type { Sending } from './sending.ts'
import type { WorkQueue } from './work-queue.ts'

/** Stands for what sends until that is loaded, and passes everything on to it. */
export class Sender {
  readonly #queue: WorkQueue
  readonly #load: () => Promise<Sending>
  readonly #onError: (error: unknown) => void
  #loading: Promise<Sending | null> | null = null
  #sending: Sending | null = null

  constructor(queue: WorkQueue, load: () => Promise<Sending>, onError: (error: unknown) => void) {
    this.#queue = queue
    this.#load = load
    this.#onError = onError
  }

  /** Told that the queue was given something. */
  wake(): void {
    if (this.#sending !== null) this.#sending.delivery.wake()
    else void this.start()
  }

  /** Loads what sends, once. */
  start(): Promise<Sending | null> {
    this.#loading ??= this.#load().then(
      (sending) => {
        this.#sending = sending
        if (this.#queue.length > 0) sending.delivery.wake()
        return sending
      },
      (error: unknown) => {
        this.#onError(error)
        this.#loading = null
        return null
      },
    )
    return this.#loading
  }

  async flush(deadlineMs?: number): Promise<void> {
    if (this.#loading === null && this.#queue.length === 0) return
    await (await this.start())?.delivery.flush(deadlineMs)
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#loading === null && this.#queue.length === 0) return
    await (await this.start())?.delivery.stop(deadlineMs)
  }

  get loaded(): Sending | null {
    return this.#sending
  }

  get circuit(): Circuit {
    return this.#sending?.delivery.circuit ?? 'closed'
  }
}
