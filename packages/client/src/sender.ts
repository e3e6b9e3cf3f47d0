import type { Delivery } from './delivery.ts'
import type { Outgoing } from './outgoing.ts'
import type { SendingGauges } from './tally.ts'

/** Takes what is queued to where it goes. */
export interface Sender {
  /** Told that the queue was given something. */
  wake(): void
  /** Resolves when all that was queued before is delivered, set aside or on disk, or when the time is over. */
  flush(deadlineMs?: number): Promise<void>
  /** Stops after a last flush. What is left goes to disk if it may, else it is given up. */
  stop(deadlineMs: number): Promise<void>
  /** Puts on disk what waits, without waiting for anything. False when something could not be put there. */
  spillNow(): boolean
  gauges(): SendingGauges
}

/** Sends in the background. Stands for the delivery until that is loaded, and passes everything on to it. */
export class BackgroundSender implements Sender {
  readonly #outgoing: Outgoing
  #loading: Promise<Delivery | null> | null = null
  #delivery: Delivery | null = null

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
    if (outgoing.options.spillDirectory !== undefined) void this.#load()
  }

  wake(): void {
    if (this.#delivery !== null) this.#delivery.wake()
    else void this.#load()
  }

  /** Loads what sends, once. */
  #load(): Promise<Delivery | null> {
    this.#loading ??= this.#open().catch((error: unknown) => {
      this.#outgoing.told.failed(error)
      this.#loading = null
      return null
    })
    return this.#loading
  }

  async #open(): Promise<Delivery> {
    // Node reads and compiles what is imported before it goes on, and whoever recorded something must not wait for it.
    await new Promise(setImmediate)
    const { openDelivery } = await import('./sending.ts')
    this.#delivery = await openDelivery(this.#outgoing)
    if (this.#outgoing.queue.length > 0) this.#delivery.wake()
    return this.#delivery
  }

  /** Whether there is nothing to send and never was. */
  get #isIdle(): boolean {
    return this.#loading === null && this.#outgoing.queue.length === 0
  }

  async flush(deadlineMs?: number): Promise<void> {
    if (!this.#isIdle) await (await this.#load())?.flush(deadlineMs)
  }

  async stop(deadlineMs: number): Promise<void> {
    if (!this.#isIdle) await (await this.#load())?.stop(deadlineMs)
  }

  spillNow(): boolean {
    return this.#delivery?.spillNow() ?? (this.#isIdle || this.#outgoing.here.spillAtExit(this.#outgoing))
  }

  gauges(): SendingGauges {
    return this.#delivery?.gauges() ?? { requests: 0, spillBytes: 0, circuit: 'closed' }
  }
}
