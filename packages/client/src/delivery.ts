import { buildOperations } from './build-operations.ts'
import { alignClock } from './clock.ts'
import { type Operation, split } from './operation.ts'
import type { Outcome } from './outcome.ts'
import type { Spill } from './spill/spill.ts'
import type { WorkQueue } from './work-queue.ts'

/** What one turn of the loop takes from the queue. */
const maxBatchItems = 2048
const maxBatchBytes = 1024 * 1024
/** A 500 answer this many times in a row may be the fault of what is sent. */
const suspiciousAttempts = 5
const firstBackoffMs = 100
const defaultFlushMs = 30_000

export interface DeliveryOptions {
  batchDelayMs: number
  maxBackoffMs: number
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

interface Target {
  deliver(operation: Operation, again: boolean): Promise<Outcome>
  close(): void
}

interface Pending {
  operation: Operation
  attempts: number
  /** How much had been delivered when it, or what it was cut from, was first answered 500; null before that. */
  suspectSince: number | null
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
 * What the server refuses is halved until the part it refuses is found, which is set aside. An operation that is
 * answered 500 five times steps aside as the suspect; when another is delivered and it fails again, it is set aside.
 */
export class Delivery {
  readonly #queue: WorkQueue
  readonly #target: Target
  readonly #spill: Spill | null
  readonly #options: DeliveryOptions
  readonly #events: DeliveryEvents
  /** What the current batch has left, in order. */
  #current: Pending[] = []
  /** Ends the segment that `#current` came from; null when it came from memory. */
  #endSegment: (() => Promise<void>) | null = null
  #suspect: Pending | null = null
  #failuresInARow = 0
  #deliveries = 0
  #gatherTimer: NodeJS.Timeout | null = null
  #spillTimer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  /** The wait between two attempts; null when there is none. */
  #wait: { end: () => void; askedByServer: boolean } | null = null
  /** Set when the disk refused something, until a delivery succeeds. */
  #spillBroken = false
  #gatherNow = false
  #flushes: { target: number; resolve: () => void }[] = []
  #stopped = false

  constructor(
    queue: WorkQueue,
    target: Target,
    spill: Spill | null,
    options: DeliveryOptions,
    events: DeliveryEvents,
  ) {
    this.#queue = queue
    this.#target = target
    this.#spill = spill
    this.#options = options
    this.#events = events
    void spill?.ready().then((hasSegments) => {
      if (hasSegments) this.wake()
    })
  }

  /** Told that the queue was given something. */
  wake(): void {
    if (this.#stopped) return
    if (this.#running !== null) {
      if (this.#wait !== null) this.#spillSoon()
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
    let timer: NodeJS.Timeout | undefined
    const flushed = new Promise<boolean>((resolve) => {
      const entry = { target, resolve: () => resolve(true) }
      this.#flushes.push(entry)
      timer = setTimeout(() => {
        this.#flushes = this.#flushes.filter((flush) => flush !== entry)
        resolve(false)
      }, deadlineMs)
    })
    if (this.#running === null) this.#gather(true)
    if (this.#wait?.askedByServer === false) this.#wait.end()
    return flushed.finally(() => clearTimeout(timer))
  }

  /** Stops after a last flush. What is left goes to disk if it may, else it is given up. */
  async stop(deadlineMs: number): Promise<void> {
    await this.flush(deadlineMs)
    this.#stopped = true
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer)
    if (this.#spillTimer !== null) clearTimeout(this.#spillTimer)
    this.#target.close()
    this.#wait?.end()
    await this.#running
    this.#spillBroken = false
    if (!(await this.#spillAll())) this.#abandonAll()
    await this.#spill?.close()
  }

  /** How many of all items ever queued are out of memory. */
  get #handled(): number {
    const settled = this.#current.length === 0 || this.#endSegment !== null
    return settled && this.#suspect === null ? this.#queue.pushed - this.#queue.length : this.#handledBefore
  }

  #handledBefore = 0

  #settleFlushes(): void {
    const handled = this.#handled
    this.#handledBefore = handled
    const settled = this.#flushes.filter((flush) => flush.target <= handled)
    if (settled.length === 0) return
    this.#flushes = this.#flushes.filter((flush) => flush.target > handled)
    for (const flush of settled) flush.resolve()
  }

  async #loop(): Promise<void> {
    alignClock()
    while (!this.#stopped) {
      const pending = await this.#next()
      if (pending === null) break
      const outcome = await this.#target.deliver(pending.operation, pending.attempts > 0)
      pending.attempts++
      if (this.#stopped && outcome.kind !== 'delivered') break
      if (outcome.kind === 'delivered') this.#onDelivered(pending)
      else if (outcome.kind === 'refused') await this.#onRefused(pending, outcome.reason)
      else await this.#onRetry(pending, outcome)
      if (this.#current.length === 0) await this.#finishBatch()
    }
    this.#settleFlushes()
  }

  async #next(): Promise<Pending | null> {
    const head = this.#current[0]
    if (head !== undefined) return head
    const segment = await this.#spill?.oldest()
    if (segment) {
      this.#endSegment = segment.remove
      this.#current = segment.operations.map((operation) => pendingOf(operation, 1))
      if (this.#current.length === 0) {
        await this.#finishBatch()
        return this.#next()
      }
    } else {
      this.#current = this.#takeBatch().map((operation) => pendingOf(operation, 0))
    }
    if (this.#current.length === 0 && this.#suspect !== null) {
      this.#current = [this.#suspect]
      this.#suspect = null
    }
    return this.#current[0] ?? null
  }

  async #finishBatch(): Promise<void> {
    const endSegment = this.#endSegment
    this.#endSegment = null
    await endSegment?.()
    this.#settleFlushes()
  }

  #takeBatch(): Operation[] {
    return buildOperations(this.#queue.take(maxBatchItems, maxBatchBytes))
  }

  #abandonAll(): void {
    if (this.#suspect !== null) this.#events.abandoned(this.#suspect.operation)
    if (this.#endSegment === null) {
      for (const { operation } of this.#current) this.#events.abandoned(operation)
    }
    while (this.#queue.length > 0) {
      for (const operation of this.#takeBatch()) this.#events.abandoned(operation)
    }
  }

  #onDelivered(pending: Pending): void {
    this.#failuresInARow = 0
    this.#deliveries++
    this.#spillBroken = false
    this.#current.shift()
    this.#events.delivered(pending.operation)
    if (this.#suspect !== null) {
      this.#current.unshift(this.#suspect)
      this.#suspect = null
    }
  }

  async #onRefused(pending: Pending, reason: string): Promise<void> {
    this.#current.shift()
    const halves = split(pending.operation)
    if (halves === null) {
      this.#events.refused(pending.operation, reason)
      await this.#spill?.setAside(pending.operation, reason)
    } else {
      const { suspectSince } = pending
      this.#current.unshift(...halves.map((operation) => ({ operation, attempts: 1, suspectSince })))
    }
  }

  async #onRetry(pending: Pending, outcome: Extract<Outcome, { kind: 'retry' }>): Promise<void> {
    this.#failuresInARow++
    this.#events.retried(outcome.reason)
    if (outcome.status === 500) pending.suspectSince ??= this.#deliveries
    if (outcome.status === 500 && pending.attempts > suspiciousAttempts) {
      const others = this.#deliveries > (pending.suspectSince ?? this.#deliveries)
      if (others || split(pending.operation) !== null) return this.#onRefused(pending, outcome.reason)
      if (mayStepAside(pending.operation)) {
        this.#current.shift()
        if (this.#suspect !== null) this.#current.push(this.#suspect)
        this.#suspect = pending
      }
    }
    await this.#spillAll()
    this.#settleFlushes()
    await this.#pause(outcome.waitMs)
  }

  /** Waits before the next attempt, with jitter, at least as long as the server asked for. */
  async #pause(askedMs: number | null): Promise<void> {
    const doublings = Math.min(this.#failuresInARow - 1, 16)
    const backoffMs = Math.min(this.#options.maxBackoffMs, firstBackoffMs * 2 ** doublings)
    const waitMs = Math.max(backoffMs * (0.5 + Math.random() / 2), askedMs ?? 0)
    if (this.#stopped) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      timer.unref()
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#wait = { end, askedByServer: askedMs !== null }
    })
    this.#wait = null
  }

  #spillSoon(): void {
    if (this.#spill === null || this.#spillTimer !== null) return
    this.#spillTimer = setTimeout(() => {
      this.#spillTimer = null
      if (this.#wait === null) return
      this.#spillQueue().then(
        () => this.#settleFlushes(),
        (error: unknown) => this.#events.failed(error),
      )
    }, this.#options.batchDelayMs)
    this.#spillTimer.unref()
  }

  /** Moves what is in memory to disk, in order; false when there is no disk to move it to. */
  async #spillAll(): Promise<boolean> {
    if (this.#spill === null || this.#spillBroken) return false
    const held = this.#endSegment === null ? [...this.#current] : []
    if (this.#suspect !== null) held.unshift(this.#suspect)
    if (held.length > 0) {
      if (!(await this.#spill.append(held.map((pending) => pending.operation)))) {
        this.#spillBroken = true
        return false
      }
      if (this.#endSegment === null) this.#current = []
      this.#suspect = null
    }
    return this.#spillQueue()
  }

  async #spillQueue(): Promise<boolean> {
    while (this.#queue.length > 0) {
      if (this.#spill === null || this.#spillBroken) return false
      const operations = this.#takeBatch()
      if (!(await this.#spill.append(operations))) {
        this.#spillBroken = true
        this.#current.push(...operations.map((operation) => pendingOf(operation, 0)))
        return false
      }
    }
    return true
  }
}

function pendingOf(operation: Operation, attempts: number): Pending {
  return { operation, attempts, suspectSince: null }
}

/** Whether later operations can do without it. Those of a run need its creation. */
function mayStepAside(operation: Operation): boolean {
  return operation.kind !== 'createRun'
}
