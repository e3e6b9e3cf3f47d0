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
 * linked list, newest first; what is behind the first ripe one is ripe or announced.
 */
export class OpenSpans {
  readonly #announce: (record: SpanRecord) => void
  readonly #tickMs: number | null
  readonly #intervalMs: number
  #newest: SpanRecord | null = null
  /** The newest of those that were there at the last tick. */
  #ripe: SpanRecord | null = null
  #count = 0
  #changed: SpanRecord[] = []
  #tickTimer: Timer | null = null
  #changedTimer: Timer | null = null

  constructor(announce: (record: SpanRecord) => void, delayMs: number | null, intervalMs: number) {
    this.#announce = announce
    this.#tickMs = delayMs === null ? null : Math.max(1, delayMs / 2)
    this.#intervalMs = Math.max(1, intervalMs)
  }

  get count(): number {
    return this.#count
  }

  add(record: SpanRecord): void {
    const next = this.#newest
    record.next = next
    if (next !== null) next.previous = record
    this.#newest = record
    this.#count++
    if (this.#tickTimer === null && this.#tickMs !== null) this.#startTick(this.#tickMs)
  }

  remove(record: SpanRecord): void {
    const { previous, next } = record
    if (previous === null) this.#newest = next
    else previous.next = next
    if (next !== null) next.previous = previous
    if (this.#ripe === record) this.#ripe = next
    record.previous = null
    record.next = null
    this.#count--
  }

  /** Told that an open span was given something new. */
  changed(record: SpanRecord): void {
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
