import type { SpanRecord } from './record.ts'

/**
 * The spans that have started and not ended. Those that stay open are announced, so that a trace can be seen while
 * it grows; short ones are not, so that they cost one message.
 *
 *     add ──▶ young ──tick──▶ ripe ──tick──▶ announced ──(changed, at most every interval)──▶ announced again
 *               └───────────────┴── remove ─────┘
 *
 * A tick is half the delay, so that a span is announced after between half the delay and all of it.
 */
export class OpenSpans {
  readonly #announce: (record: SpanRecord) => void
  readonly #tickMs: number | null
  readonly #intervalMs: number
  #young = new Set<SpanRecord>()
  #ripe = new Set<SpanRecord>()
  readonly #announced = new Set<SpanRecord>()
  #changed: SpanRecord[] = []
  #tickTimer: NodeJS.Timeout | null = null
  #changedTimer: NodeJS.Timeout | null = null

  constructor(announce: (record: SpanRecord) => void, delayMs: number | null, intervalMs: number) {
    this.#announce = announce
    this.#tickMs = delayMs === null ? null : Math.max(1, delayMs / 2)
    this.#intervalMs = Math.max(1, intervalMs)
  }

  get count(): number {
    return this.#young.size + this.#ripe.size + this.#announced.size
  }

  add(record: SpanRecord): void {
    this.#young.add(record)
    if (this.#tickTimer === null && this.#tickMs !== null) this.#startTick(this.#tickMs)
  }

  remove(record: SpanRecord): void {
    if (!this.#young.delete(record) && !this.#ripe.delete(record)) this.#announced.delete(record)
  }

  /** Told that an open span was given something new. */
  changed(record: SpanRecord): void {
    if (!record.announced || record.changed) return
    record.changed = true
    this.#changed.push(record)
    if (this.#changedTimer === null) {
      this.#changedTimer = setTimeout(() => this.#announceChanged(), this.#intervalMs)
      this.#changedTimer.unref()
    }
  }

  /** Announces every open span as it stands, without waiting. */
  announceAll(): void {
    for (const record of [...this.#announced, ...this.#ripe, ...this.#young]) {
      if (!record.announced || record.changed) this.#announceNow(record)
    }
    for (const record of this.#ripe) this.#announced.add(record)
    for (const record of this.#young) this.#announced.add(record)
    this.#ripe.clear()
    this.#young.clear()
  }

  stop(): void {
    if (this.#tickTimer !== null) clearTimeout(this.#tickTimer)
    if (this.#changedTimer !== null) clearTimeout(this.#changedTimer)
    this.#tickTimer = null
    this.#changedTimer = null
  }

  #startTick(tickMs: number): void {
    this.#tickTimer = setTimeout(() => {
      this.#tickTimer = null
      for (const record of this.#ripe) {
        this.#announced.add(record)
        this.#announceNow(record)
      }
      this.#ripe.clear()
      const emptied = this.#ripe
      this.#ripe = this.#young
      this.#young = emptied
      if (this.#ripe.size > 0) this.#startTick(tickMs)
    }, tickMs)
    this.#tickTimer.unref()
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
