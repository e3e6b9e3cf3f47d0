import { Batch, maxBatchBytes, maxBatchItems, type Pending } from './batch.ts'
import { type Building, buildOperations } from './build-operations.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { alignClock, nowMs } from './clock.ts'
import type { DeliveryEvents, Target } from './delivery.ts'
import type { Connection } from './http.ts'
import type { Outcome } from './outcome.ts'
import { buildingOf, connectionOf, type Outgoing, targetOf } from './outgoing.ts'
import type { Sender } from './sender.ts'
import { deliveryEvents } from './sending-events.ts'
import type { SendingGauges } from './tally.ts'

/** Less than the 30 s for which workerd lets a request go on after its answer. */
const defaultFlushMs = 25_000
/** How often a request that sends shows that it is there. */
const beatMs = 200
/** One that has not been heard of for this long was ended by the runtime. */
const silentMs = 1000
/** How soon a request looks again whether another is done with sending. */
const lookAgainMs = 50
const longestWaitMs = 1000

/** One operation sent by one request. */
interface Turn {
  /** When the request that sends was last heard of. */
  aliveMs: number
  /** Since when it is doubted that it lives; null while it is not. */
  doubtedMs: number | null
  connection: Connection
}

/**
 * Sends where the requests of a server share a client and nothing else: no promise, timer or connection of one may be
 * used by another, and the runtime may end any of them at any time, in the middle of sending (workerd).
 *
 *     free ──a request takes its turn──▶ sending ──an answer, or none in time──▶ free
 *                                           └──nothing heard of the request──▶ free, and the next sends it again
 *
 * Requests share what is queued, what was taken from it, and whose turn it is, all of it data. They send one operation
 * at a time, in order, each in its own context, until what was queued when they asked is settled, by whichever of them.
 */
export class RequestSender implements Sender {
  readonly #outgoing: Outgoing
  readonly #building: Building
  readonly #target: Target
  readonly #events: DeliveryEvents
  readonly #breaker: CircuitBreaker
  readonly #batch = new Batch()
  #turn: Turn | null = null
  #pausedUntilMs = 0
  /** Until then, requests that send are thought to be at it. */
  #busyUntilMs = 0
  /** How many of all items ever queued are delivered or set aside. */
  #settled = 0
  #stopped = false

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
    this.#building = buildingOf(outgoing)
    this.#events = deliveryEvents(outgoing.told)
    this.#breaker = new CircuitBreaker(outgoing.options.maxBackoffMs ?? 5000)
    this.#target = targetOf(outgoing, {
      send: (request) => this.#connection.send(request),
      gzip: (parts) => this.#connection.gzip(parts),
      close: () => {},
    })
  }

  /** That of the request whose turn it is. */
  get #connection(): Connection {
    if (this.#turn === null) throw new Error('This request took too long, and another sends in its place.')
    return this.#turn.connection
  }

  gauges(): SendingGauges {
    const isPaused = nowMs() < this.#pausedUntilMs
    const circuit = this.#breaker.state === 'closed' ? 'closed' : isPaused ? 'open' : 'half-open'
    return { requests: this.#target.requests, spillBytes: 0, circuit }
  }

  /** Has the request that records send soon, if it lives so long and no other is at it. */
  wake(): void {
    if (this.#stopped || nowMs() < this.#busyUntilMs) return
    const { batchDelayMs = 50 } = this.#outgoing.options
    this.#busyUntilMs = nowMs() + batchDelayMs + silentMs
    setTimeout(() => void this.flush(), batchDelayMs)
  }

  async flush(deadlineMs = defaultFlushMs): Promise<void> {
    const goal = this.#outgoing.queue.pushed
    if (this.#stopped || this.#settled >= goal) return
    try {
      await this.#send(goal, nowMs() + deadlineMs)
    } catch (error) {
      this.#outgoing.told.failed(error)
    }
    this.#busyUntilMs = 0
    if (this.#outgoing.queue.length > 0) this.wake()
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.flush(deadlineMs)
    this.#stopped = true
    this.#turn = null
    while (this.#outgoing.queue.length > 0) this.#fillBatch()
    for (const operation of this.#batch.inMemory) this.#events.abandoned(operation)
    this.#batch.forgetInMemory()
  }

  spillNow(): boolean {
    return this.#settled >= this.#outgoing.queue.pushed
  }

  async #send(goal: number, endMs: number): Promise<void> {
    alignClock()
    const connection = await connectionOf(this.#outgoing)
    while (!this.#stopped && this.#settled < goal && nowMs() < endMs) {
      const now = nowMs()
      this.#busyUntilMs = now + silentMs
      const waitMs = this.#waitMs(now)
      if (waitMs <= 0) await this.#takeTurn(connection, endMs)
      else await after(Math.min(waitMs, longestWaitMs, endMs - now))
    }
  }

  /**
   * How long nobody may send, or another does. A request that is doubted has time for another beat, since all of them may
   * have been held up together.
   */
  #waitMs(now: number): number {
    const turn = this.#turn
    if (turn === null) return this.#pausedUntilMs - now
    if (now - turn.aliveMs < silentMs) return lookAgainMs
    turn.doubtedMs ??= now
    return turn.doubtedMs + beatMs - now
  }

  async #takeTurn(connection: Connection, endMs: number): Promise<void> {
    const turn: Turn = { aliveMs: nowMs(), doubtedMs: null, connection }
    this.#turn = turn
    const beat = setInterval(() => {
      turn.aliveMs = nowMs()
      turn.doubtedMs = null
      this.#busyUntilMs = turn.aliveMs + silentMs
    }, beatMs)
    const giveUp = setTimeout(() => connection.close(), endMs - nowMs())
    try {
      await this.#deliverNext(turn, endMs)
    } finally {
      clearInterval(beat)
      clearTimeout(giveUp)
      if (this.#turn === turn) this.#turn = null
    }
  }

  async #deliverNext(turn: Turn, endMs: number): Promise<void> {
    if (this.#batch.isEmpty) this.#fillBatch()
    const pending = this.#batch.next()
    if (pending !== null) {
      const again = pending.attempts > 0
      pending.attempts++
      const outcome = await this.#target.deliver(pending.operation, again)
      // Another request has taken this one for ended, and sends the same.
      if (this.#turn !== turn) return
      if (outcome.kind === 'delivered') this.#onDelivered(pending)
      else if (outcome.kind === 'refused') this.#onRefused(pending, outcome.reason)
      else if (nowMs() < endMs) this.#onRetry(pending, outcome)
    }
    const { pushed, length } = this.#outgoing.queue
    if (this.#batch.inMemory.length === 0) this.#settled = pushed - length
  }

  #fillBatch(): void {
    const items = this.#outgoing.queue.take(maxBatchItems, maxBatchBytes)
    this.#batch.add(buildOperations(items, this.#building), false)
  }

  #onDelivered({ operation }: Pending): void {
    this.#breaker.succeeded()
    this.#batch.delivered()
    this.#events.delivered(operation)
  }

  #onRefused(pending: Pending, reason: string): void {
    if (!this.#batch.refused(pending)) this.#events.refused(pending.operation, reason)
  }

  #onRetry(pending: Pending, outcome: Extract<Outcome, { kind: 'retry' }>): void {
    this.#breaker.failed()
    this.#events.retried(outcome.reason)
    if (this.#batch.isAtFault(pending, outcome)) this.#onRefused(pending, outcome.reason)
    else this.#pausedUntilMs = nowMs() + this.#breaker.waitMs(outcome.waitMs)
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
