import type { SpanRecord } from './record.ts'
import { type Timer, unref } from './timer.ts'

/**
 * The spans that have started and not ended. Those that stay open are announced, so that a trace can be seen while
 * it grows; short ones are not, so that they cost one message.
 *
 *     add ──▶ young ──tick──▶ ripe ──tick──▶ announced ──(changed, at most every interval)──▶ announced again
 *               └───────────────┴── remove ─────┘
 *
 * A tick is half the delay, so that a span is announced after between half the delay and all of it. The spans are one
 * linked list, newest first; what is behind the first ripe one is ripe or announced. Spans that nobody ends must not fill
 * the memory, so that the oldest are let go when all of them hold too much: they are no longer watched, and still recorded
 * when they end.
 */
export class OpenSpans {
  readonly #announce: (record: SpanRecord) => void
  readonly #tickMs: number | null
  readonly #intervalMs: number
  readonly #maxBytes: number
  #newest: SpanRecord | null = null
  #oldest: SpanRecord | null = null
  /** The newest of those that were there at the last tick. */
  #ripe: SpanRecord | null = null
  #count = 0
  #bytes = 0
  #changed: SpanRecord[] = []
  #tickTimer: Timer | null = null
  #changedTimer: Timer | null = null

  constructor(
    announce: (record: SpanRecord) => void,
    delayMs: number | null,
    intervalMs: number,
    maxBytes: number,
  ) {
    this.#announce = announce
    this.#maxBytes = maxBytes
    this.#tickMs = delayMs === null ? null : Math.max(1, delayMs / 2)
    this.#intervalMs = Math.max(1, intervalMs)
  }

  /** How many have not ended, those that were let go among them. */
  get count(): number {
    return this.#count
  }

  add(record: SpanRecord): void {
    const next = this.#newest
    record.next = next
    if (next === null) this.#oldest = record
    else next.previous = record
    this.#newest = record
    record.watched = true
    this.#count++
    this.#bytes += record.bytes
    while (this.#bytes > this.#maxBytes && this.#oldest !== null) this.#unlink(this.#oldest)
    if (this.#tickTimer === null && this.#tickMs !== null) this.#startTick(this.#tickMs)
  }

  remove(record: SpanRecord): void {
    this.#count--
    if (record.watched) this.#unlink(record)
  }

  #unlink(record: SpanRecord): void {
    const { previous, next } = record
    if (previous === null) this.#newest = next
    else previous.next = next
    if (next === null) this.#oldest = previous
    else next.previous = previous
    if (this.#ripe === record) this.#ripe = next
    record.previous = null
    record.next = null
    record.watched = false
    this.#bytes -= record.bytes
  }

  /** Told that an open span was given something new that takes so many bytes. */
  changed(record: SpanRecord, bytes: number): void {
    record.bytes += bytes
    if (!record.watched) return
    this.#bytes += bytes
    if (!record.announced || record.changed) return
    record.changed = true
    this.#changed.push(record)
    if (this.#changedTimer === null) {
      this.#changedTimer = unref(setTimeout(() => this.#announceChanged(), this.#intervalMs))
    }
  }

  /** Announces every open span as it stands, without waiting. */
  announceAll(): void {
    for (let record = this.#newest; record !== null; record = record.next) {
      if (!record.announced || record.changed) this.#announceNow(record)
    }
    this.#ripe = this.#newest
  }

  newestNames(most: number): string[] {
    const names: string[] = []
    for (let record = this.#newest; record !== null && names.length < most; record = record.next) {
      names.push(record.name)
    }
    return names
  }

  stop(): void {
    if (this.#tickTimer !== null) clearTimeout(this.#tickTimer)
    if (this.#changedTimer !== null) clearTimeout(this.#changedTimer)
    this.#tickTimer = null
    this.#changedTimer = null
  }

  #startTick(tickMs: number): void {
    const tick = () => {
      this.#tickTimer = null
      // Announced spans lie behind the ripe ones, and the first of them ends the walk.
      const ripe: SpanRecord[] = []
      for (let record = this.#ripe; record !== null && !record.announced; record = record.next) {
        ripe.push(record)
      }
      for (const record of ripe.reverse()) this.#announceNow(record)
      const young = this.#ripe !== this.#newest
      this.#ripe = this.#newest
      if (young) this.#startTick(tickMs)
    }
    this.#tickTimer = unref(setTimeout(tick, tickMs))
  }

  #announceChanged(): void {
    this.#changedTimer = null
    const changed = this.#changed
    this.#changed = []
    for (const record of changed) {
      if (record.endNs === null && record.changed) this.#announceNow(record)
    }
  }

  #announceNow(record: SpanRecord): void {
    record.announced = true
    record.changed = false
    this.#announce(record)
  }
}
