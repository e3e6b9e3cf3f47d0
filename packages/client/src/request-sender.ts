import { Batch, maxBatchBytes, maxBatchItems, type Pending } from './batch.ts'
import { type Building, buildOperations } from './build-operations.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { alignClock, nowMs } from './clock.ts'
import type { DeliveryEvents, Target } from './delivery.ts'
import { firstFree } from './operation-order.ts'
import type { Outcome } from './outcome.ts'
import { buildingOf, connectionOf, type Outgoing, targetOf } from './outgoing.ts'
import type { Sender } from './sender.ts'
import { deliveryEvents } from './sending-events.ts'
import type { SendingGauges } from './tally.ts'
import { KnownServer } from './tracking-server.ts'

/** Less than the 30 s for which workerd lets a request go on after its answer. */
const defaultFlushMs = 25_000
/** How many operations are under way at once, of one request and of all. workerd grants a request six connections. */
const mostOfRequest = 4
const mostOfAll = 24
/** An operation without an answer for so long lets others pass that need not follow it; a busy server takes one or two. */
const slowMs = 3000
/** While there is one, more is taken from the queue, up to so many operations in hand. */
const mostInHand = 64
/** How soon a request looks again at what others have done. */
const lookAgainMs = 50
/** One that has not been heard of for this long was ended by the runtime. */
const silentMs = 1000
/** A request that is doubted has time to be heard of, since all of them may have been held up together. */
const doubtMs = 200
const longestWaitMs = 1000

/** One request at sending. */
interface Sending {
  target: Target
  /** When it was last heard of. */
  aliveMs: number
  /** Since when it is doubted that it lives; null while it is not. */
  doubtedMs: number | null
}

/** An operation that was sent and has no answer yet. */
interface UnderWay {
  by: Sending
  sinceMs: number
}

/**
 * Sends where the requests of a server share a client and nothing else: no promise, timer or connection of one may be
 * used by another, and the runtime may end any of them at any time, in the middle of sending (workerd).
 *
 *     free ──taken by a request──▶ under way ──delivered, or refused──▶ settled
 *      ▲                               │
 *      └── no answer, or nothing heard of the request: another takes it and sends it again
 *
 * Requests share what is queued, what was taken from it and who is sending which of it, all of it data. Each takes
 * operations that need none before them, a few at a time, in its own context, until what was queued when it asked is
 * settled, by whichever of them. While the server is not known to answer, one operation alone is under way.
 */
export class RequestSender implements Sender {
  readonly #outgoing: Outgoing
  readonly #building: Building
  readonly #events: DeliveryEvents
  readonly #breaker: CircuitBreaker
  readonly #known = new KnownServer()
  readonly #batch = new Batch()
  readonly #underWay = new Map<Pending, UnderWay>()
  #requests = 0
  /** Whether the server has taken anything yet. */
  #isReached = false
  #pausedUntilMs = 0
  /** How often the server failed; what failed together counts once. */
  #failures = 0
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
  }

  gauges(): SendingGauges {
    const isPaused = nowMs() < this.#pausedUntilMs
    const circuit = this.#breaker.state === 'closed' ? 'closed' : isPaused ? 'open' : 'half-open'
    return { requests: this.#requests, spillBytes: 0, circuit }
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
    this.#underWay.clear()
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
    const target = targetOf(
      this.#outgoing,
      {
        send: (request) => {
          this.#requests++
          return connection.send(request)
        },
        gzip: (parts) => connection.gzip(parts),
        close: () => {},
      },
      this.#known,
    )
    const sending: Sending = { target, aliveMs: nowMs(), doubtedMs: null }
    const giveUp = setTimeout(() => connection.close(), endMs - nowMs())
    const own = new Set<Promise<void>>()
    const isWanted = () => !this.#stopped && this.#settled < goal && nowMs() < endMs
    while (own.size > 0 || isWanted()) {
      sending.aliveMs = nowMs()
      sending.doubtedMs = null
      while (own.size < mostOfRequest && isWanted()) {
        const pending = this.#take(sending)
        if (pending === null) break
        const delivery = this.#deliver(pending, sending, endMs).finally(() => own.delete(delivery))
        own.add(delivery)
      }
      const waitMs = own.size > 0 ? lookAgainMs : this.#waitMs(endMs)
      this.#busyUntilMs = nowMs() + waitMs + silentMs
      await Promise.race([...own, after(waitMs)])
    }
    clearTimeout(giveUp)
  }

  /** How long a request waits that sends nothing. */
  #waitMs(endMs: number): number {
    const now = nowMs()
    const pauseMs = Math.min(this.#pausedUntilMs - now, longestWaitMs)
    return Math.min(Math.max(pauseMs, lookAgainMs), endMs - now)
  }

  /** Takes what a request may send now; null when there is nothing. */
  #take(sending: Sending): Pending | null {
    const now = nowMs()
    for (const [pending, { by }] of this.#underWay) {
      if (by !== sending && isGone(by, now)) this.#underWay.delete(pending)
    }
    const answers = this.#isReached && this.#breaker.state === 'closed'
    if (now < this.#pausedUntilMs || this.#underWay.size >= (answers ? mostOfAll : 1)) return null
    if (this.#batch.isEmpty) this.#fillBatch()
    let pending = this.#firstFree(now)
    if (pending === null && answers && this.#mayTakeMore(now)) {
      this.#fillBatch()
      pending = this.#firstFree(now)
    }
    if (pending === null) this.#settle()
    else this.#underWay.set(pending, { by: sending, sinceMs: now })
    return pending
  }

  #firstFree(now: number): Pending | null {
    const isSlow = (pending: Pending) => this.#isSlow(this.#underWay.get(pending), now)
    return this.#batch.next((inOrder) => firstFree(inOrder, this.#underWay, isSlow))
  }

  /** Files of traces are written whole, so that those of one trace must come one after the other. */
  #isSlow(underWay: UnderWay | undefined, now: number): boolean {
    return underWay !== undefined && now - underWay.sinceMs >= slowMs && this.#known.traceFiles === null
  }

  #mayTakeMore(now: number): boolean {
    const hasSlow = [...this.#underWay.values()].some((underWay) => this.#isSlow(underWay, now))
    return hasSlow && this.#outgoing.queue.length > 0 && this.#batch.length < mostInHand
  }

  async #deliver(pending: Pending, sending: Sending, endMs: number): Promise<void> {
    const failures = this.#failures
    const again = pending.attempts > 0
    pending.attempts++
    const outcome = await sending.target.deliver(pending.operation, again)
    // Another request has taken this one for ended, and sends the same.
    if (this.#underWay.get(pending)?.by !== sending) return
    this.#underWay.delete(pending)
    if (outcome.kind === 'delivered') this.#onDelivered(pending)
    else if (outcome.kind === 'refused') this.#onRefused(pending, outcome.reason)
    else if (nowMs() < endMs) this.#onRetry(pending, outcome, failures === this.#failures)
    this.#settle()
  }

  #settle(): void {
    const { pushed, length } = this.#outgoing.queue
    if (this.#batch.inMemory.length === 0) this.#settled = pushed - length
  }

  #fillBatch(): void {
    const items = this.#outgoing.queue.take(maxBatchItems, maxBatchBytes)
    this.#batch.add(buildOperations(items, this.#building), false)
  }

  #onDelivered(pending: Pending): void {
    this.#isReached = true
    this.#breaker.succeeded()
    this.#batch.delivered(pending)
    this.#events.delivered(pending.operation)
  }

  #onRefused(pending: Pending, reason: string): void {
    if (!this.#batch.refused(pending)) this.#events.refused(pending.operation, reason)
  }

  #onRetry(pending: Pending, outcome: Extract<Outcome, { kind: 'retry' }>, isNews: boolean): void {
    if (isNews) {
      this.#breaker.failed()
      this.#failures++
    }
    this.#events.retried(outcome.reason)
    if (this.#batch.isAtFault(pending, outcome)) this.#onRefused(pending, outcome.reason)
    else this.#pause(isNews ? this.#breaker.waitMs(outcome.waitMs) : (outcome.waitMs ?? 0))
  }

  #pause(waitMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs() + waitMs)
  }
}

/** Whether a request was ended by the runtime, as far as can be told. */
function isGone(sending: Sending, now: number): boolean {
  if (now - sending.aliveMs < silentMs) return false
  sending.doubtedMs ??= now
  return now - sending.doubtedMs >= doubtMs
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
