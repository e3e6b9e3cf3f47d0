import type { Delivery } from './delivery.ts'
import { countsOf, type Operation } from './operation.ts'
import type { DropReason, Tally } from './tally.ts'
import type { WorkQueue } from './work-queue.ts'

/** Less than a runtime lets a request go on after its answer. */
const defaultFlushMs = 25_000

/**
 * Sends where a request may use nothing that another made: each flush delivers by itself what is queued by then. What it
 * cannot deliver in its time is left to the next.
 */
export class RequestFlushes {
  readonly #queue: WorkQueue
  readonly #newDelivery: () => Delivery
  readonly #maxBytes: number
  readonly #tally: Tally
  #left: Operation[] = []

  constructor(queue: WorkQueue, newDelivery: () => Delivery, maxBytes: number, tally: Tally) {
    this.#queue = queue
    this.#newDelivery = newDelivery
    this.#maxBytes = maxBytes
    this.#tally = tally
  }

  async flush(deadlineMs = defaultFlushMs): Promise<void> {
    const delivery = this.#newDelivery()
    const left = this.#left
    this.#left = []
    delivery.takeOver(left, this.#queue.length)
    await delivery.flush(deadlineMs)
    this.#left.push(...delivery.release())
    this.#enforceBound()
  }

  /** Flushes a last time, and gives up what is left. */
  async stop(deadlineMs: number): Promise<void> {
    await this.flush(deadlineMs)
    while (this.#left.length > 0) this.#drop('shutdown')
  }

  #enforceBound(): void {
    let bytes = this.#left.reduce((sum, operation) => sum + bytesOf(operation), 0)
    for (let oldest = this.#left[0]; oldest !== undefined && bytes > this.#maxBytes; oldest = this.#left[0]) {
      bytes -= bytesOf(oldest)
      this.#drop('queue_full')
    }
  }

  #drop(reason: DropReason): void {
    const operation = this.#left.shift()
    if (operation !== undefined) this.#tally.dropped(reason, countsOf(operation))
  }
}

function bytesOf(operation: Operation): number {
  return operation.kind === 'spans' ? operation.fields.length : JSON.stringify(operation).length
}
