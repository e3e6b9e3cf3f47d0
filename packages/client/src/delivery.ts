import { Batch, maxBatchBytes, maxBatchItems, type Pending } from './batch.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { alignClock } from './clock.ts'
import { FlushList } from './flush-list.ts'
import { joinOperations } from './join-operations.ts'
import type { Operation } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { SharedRun } from './shared-run.ts'
import type { Spill } from './spill/spill.ts'
import type { SendingGauges } from './tally.ts'
import { type Timer, unref } from './timer.ts'
import type { WorkItem, WorkQueue } from './work-queue.ts'

const defaultFlushMs = 30_000

export interface DeliveryOptions {
  batchDelayMs: number
  maxBackoffMs: number
  /** Everything goes to disk before it is sent, after at most this long; null: only what cannot be sent does. */
  journalDelayMs: number | null
}

export interface DeliveryEvents {
  delivered(operation: Operation): void
  retried(reason: string): void
  /** The server will never take this. */
  refused(operation: Operation, reason: string): void
  /** Given up because the client stops. */
  abandoned(operation: Operation): void
  /** A fault of our own. */
  failed(error: unknown): void
}

/** Carries out operations, each of them once or more often. */
export interface Target {
  /** How many requests it has made. */
  readonly requests: number
  /** Tries once. `again` says that an earlier attempt may have reached the server unseen. Never rejects. */
  deliver(operation: Operation, again: boolean): Promise<Outcome>
  close(): void
}

/**
 * Delivers in order, one operation at a time, in the background.
 *
 *     idle ──wake──▶ gathering ──batch delay──▶ sending ──all sent──▶ idle
 *                                                │  ▲
 *                                     no answer, │  │ backoff with jitter, or what Retry-After says
 *                                      429, 5xx  ▼  │
 *                                               waiting   (with a spill directory: all goes to disk meanwhile)
 *
 * With a journal everything goes to disk first, every few milliseconds, and is sent from there. What the server does not
 * take is dealt with in the batch.
 */
export class Delivery {
  readonly #queue: WorkQueue
  readonly #build: (items: readonly WorkItem[]) => Operation[]
  readonly #target: Target
  readonly #options: DeliveryOptions
  readonly #events: DeliveryEvents
  readonly #flushes = new FlushList()
  readonly #breaker: CircuitBreaker
  readonly #spill: Spill | null
  /** Resolves when the disk is ready to be used. */
  readonly #opening: Promise<void>
  readonly #batch = new Batch()
  /** Ends the segment that the batch came from; null when it came from memory. */
  #endSegment: (() => Promise<void>) | null = null
  /** On their way to the disk: out of the queue, and not known to be there. */
  readonly #moving = new Set<{ operations: readonly Operation[]; items: number }>()
  /** One at a time, so that what is recorded without pause is written in large pieces and never waits for small ones. */
  readonly #spilling = new SharedRun(() => this.#moveQueue())
  #gatherTimer: Timer | null = null
  #spillTimer: Timer | null = null
  #running: Promise<void> | null = null
  /** Set when the disk refused something, until it takes that or a delivery succeeds. */
  #spillBroken = false
  #gatherNow = false
  #stopped = false

  constructor(
    queue: WorkQueue,
    build: (items: readonly WorkItem[]) => Operation[],
    target: Target,
    spill: Spill | null,
    options: DeliveryOptions,
    events: DeliveryEvents,
  ) {
    this.#queue = queue
    this.#build = build
    this.#target = target
    this.#options = options
    this.#events = events
    this.#breaker = new CircuitBreaker(options.maxBackoffMs)
    this.#spill = spill
    this.#opening = this.#open()
  }

  /** What earlier processes left is delivered even when nothing is recorded. */
  async #open(): Promise<void> {
    this.#spill?.whenFound(() => this.#gather(false))
    if ((await this.#spill?.ready()) === true && !this.#stopped) this.#gather(false)
  }

  gauges(): SendingGauges {
    return {
      requests: this.#target.requests,
      spillBytes: this.#spill?.bytes ?? 0,
      circuit: this.#breaker.state,
    }
  }

  /** Told that the queue was given something. */
  wake(): void {
    if (this.#stopped) return
    if (this.#options.journalDelayMs !== null) this.#spillSoon(this.#options.journalDelayMs)
    if (this.#running !== null) {
      if (this.#breaker.state === 'open') this.#spillSoon(this.#options.batchDelayMs)
      return
    }
    const full = this.#queue.bytes >= maxBatchBytes || this.#queue.length >= maxBatchItems
    this.#gather(full)
  }

  #gather(now: boolean): void {
    if (this.#gatherTimer !== null) {
      if (!now || this.#gatherNow) return
      clearTimeout(this.#gatherTimer)
    }
    this.#gatherNow = now
    const start = () => {
      this.#gatherTimer = null
      if (this.#running === null && !this.#stopped) this.#running = this.#run()
    }
    this.#gatherTimer = setTimeout(start, now ? 0 : this.#options.batchDelayMs)
  }

  async #run(): Promise<void> {
    try {
      await this.#loop()
    } catch (error) {
      this.#events.failed(error)
    }
    this.#running = null
    if (this.#queue.length > 0) this.wake()
  }

  /** Resolves when all that was queued before is delivered, set aside or on disk, or when the time is over. */
  async flush(deadlineMs = defaultFlushMs): Promise<boolean> {
    const target = this.#queue.pushed
    if (this.#stopped || this.#handled >= target) return true
    const flushed = this.#flushes.wait(target, deadlineMs)
    if (this.#running === null) this.#gather(true)
    this.#breaker.hurry()
    return flushed
  }

  /** Stops after a last flush. What is left goes to disk if it may, else it is given up. */
  async stop(deadlineMs: number): Promise<void> {
    await this.flush(deadlineMs)
    this.#stopped = true
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer)
    if (this.#spillTimer !== null) clearTimeout(this.#spillTimer)
    this.#target.close()
    this.#breaker.endPause()
    await this.#running
    await this.#opening
    this.#spillBroken = false
    if (!(await this.#spillAll())) this.#abandonAll()
    await this.#spill?.close()
  }

  /** Puts on disk what waits, without waiting for anything. False when something could not be put there. */
  spillNow(): boolean {
    this.#stopped = true
    const held = this.#batch.inMemory
    for (const { operations } of this.#moving) held.push(...operations)
    while (this.#queue.length > 0) held.push(...this.#takeBatch().operations)
    if (held.length === 0 || this.#spill?.appendNow(held) === true) return true
    for (const operation of held) this.#events.abandoned(operation)
    return false
  }

  /**
   * How many of all items ever queued are settled: delivered, set aside or on disk. With a journal, what is on disk
   * is settled only while the server does not answer.
   */
  get #handled(): number {
    if (this.#batch.inMemory.length > 0) return this.#handledBefore
    const journalled = this.#options.journalDelayMs !== null && this.#breaker.state === 'closed'
    let handled = this.#queue.pushed - this.#queue.length
    if (journalled) handled -= this.#spill?.items ?? 0
    for (const { items } of this.#moving) handled -= items
    return handled
  }

  #handledBefore = 0

  #settleFlushes(): void {
    this.#handledBefore = this.#handled
    this.#flushes.settle(this.#handledBefore)
  }

  async #loop(): Promise<void> {
    alignClock()
    await this.#opening
    while (!this.#stopped) {
      const pending = await this.#next()
      if (pending === null) break
      const again = pending.attempts > 0
      pending.attempts++
      const outcome = await this.#target.deliver(pending.operation, again)
      if (this.#stopped && outcome.kind !== 'delivered') break
      if (outcome.kind === 'delivered') await this.#onDelivered(pending)
      else if (outcome.kind === 'refused') await this.#onRefused(pending, outcome.reason)
      else await this.#onRetry(pending, outcome)
      if (this.#batch.isEmpty) await this.#finishBatch()
    }
    this.#settleFlushes()
  }

  async #next(): Promise<Pending | null> {
    if (!this.#batch.isEmpty) return this.#batch.next()
    if (this.#options.journalDelayMs !== null) await this.#spilling.ask()
    const segment = await this.#spill?.oldest()
    if (segment) {
      this.#endSegment = segment.remove
      this.#batch.add(joinOperations(segment.operations), true)
      if (this.#batch.isEmpty) {
        await this.#finishBatch()
        return this.#next()
      }
    } else if (this.#batch.isEmpty) {
      const isJournalled = this.#options.journalDelayMs !== null && this.#spill !== null && !this.#spillBroken
      if (isJournalled && this.#queue.length > 0) return this.#next()
      this.#batch.add(this.#takeBatch().operations, false)
    }
    return this.#batch.next()
  }

  async #finishBatch(): Promise<void> {
    const endSegment = this.#endSegment
    this.#endSegment = null
    await endSegment?.()
    this.#settleFlushes()
  }

  #takeBatch(): { operations: Operation[]; items: number } {
    const items = this.#queue.take(maxBatchItems, maxBatchBytes)
    return { operations: this.#build(items), items: items.length }
  }

  #abandonAll(): void {
    for (const operation of this.#batch.inMemory) this.#events.abandoned(operation)
    this.#batch.forgetInMemory()
    while (this.#queue.length > 0) {
      for (const operation of this.#takeBatch().operations) this.#events.abandoned(operation)
    }
  }

  async #onDelivered(pending: Pending): Promise<void> {
    this.#breaker.succeeded()
    this.#spillBroken = false
    this.#batch.delivered(pending)
    this.#events.delivered(pending.operation)
    await pending.endKeeping?.()
  }

  async #onRefused(pending: Pending, reason: string): Promise<void> {
    if (this.#batch.refused(pending)) return
    this.#events.refused(pending.operation, reason)
    await this.#spill?.setAside(pending.operation, reason)
    await pending.endKeeping?.()
  }

  async #onRetry(pending: Pending, outcome: Extract<Outcome, { kind: 'retry' }>): Promise<void> {
    this.#breaker.failed()
    this.#events.retried(outcome.reason)
    if (this.#batch.isAtFault(pending, outcome)) return this.#onRefused(pending, outcome.reason)
    await this.#keepSuspect()
    await this.#spillAll()
    this.#settleFlushes()
    if (!this.#stopped) await this.#breaker.pause(outcome.waitMs)
  }

  /** The suspect stays in memory, where it is known as that, and is on disk too in case that the process is killed. */
  async #keepSuspect(): Promise<void> {
    const { suspect } = this.#batch
    if (suspect === null || suspect.isOnDisk || this.#spill === null || this.#spillBroken) return
    suspect.endKeeping = await this.#spill.keep(suspect.operation)
    suspect.isOnDisk = suspect.endKeeping !== null
  }

  #spillSoon(delayMs: number): void {
    if (this.#spill === null || this.#spillTimer !== null) return
    const spill = async () => {
      await this.#opening
      await this.#spilling.ask()
      this.#settleFlushes()
    }
    const start = () => {
      this.#spillTimer = null
      if (this.#breaker.state !== 'open' && this.#options.journalDelayMs === null) return
      spill().catch((error: unknown) => this.#events.failed(error))
    }
    this.#spillTimer = unref(setTimeout(start, delayMs))
  }

  /**
   * Moves what is in memory to disk, in order; false when there is no disk to move it to. One that refused something is
   * tried again with that, so that no more leaves the queue meanwhile.
   */
  async #spillAll(): Promise<boolean> {
    const held = this.#batch.inMemory
    if (held.length > 0) {
      if (!(await this.#append(held, 0))) return false
      this.#batch.forgetInMemory()
    }
    return this.#spilling.ask()
  }

  /** Moves to disk what is queued by now. */
  async #moveQueue(): Promise<boolean> {
    const target = this.#queue.pushed
    while (this.#queue.pushed - this.#queue.length < target) {
      if (this.#spill === null || this.#spillBroken) return false
      const { operations, items } = this.#takeBatch()
      if (!(await this.#append(operations, items))) {
        this.#batch.add(operations, false)
        return false
      }
    }
    return true
  }

  async #append(operations: readonly Operation[], items: number): Promise<boolean> {
    const moving = { operations, items }
    this.#moving.add(moving)
    const appended = (await this.#spill?.append(operations, items)) ?? false
    this.#moving.delete(moving)
    this.#spillBroken = !appended
    return appended
  }
}
