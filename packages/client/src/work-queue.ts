import type { SpanRecord, TraceRecord } from './record.ts'
import type { Assessment, RunCreation, RunEnd, RunEntries } from './work-items.ts'

export type WorkItem = SpanRecord | TraceRecord | RunCreation | RunEntries | RunEnd | Assessment

/** Small things on which others depend may go this much over the bound. */
const reserve = 1.25
const maxEntriesPerItem = 500

/**
 * What was recorded and not yet turned into requests, in order, bounded by bytes and count. A record waits at most
 * once: what happens to it while it waits is sent with it.
 */
export class WorkQueue {
  readonly #maxBytes: number
  readonly #maxItems: number
  #items: WorkItem[] = []
  #head = 0
  #bytes = 0
  #pushed = 0

  constructor(maxBytes: number, maxItems: number) {
    this.#maxBytes = maxBytes
    this.#maxItems = maxItems
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How many items were ever queued. */
  get pushed(): number {
    return this.#pushed
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  /** Queues a span or a trace; false when there is no room. One that waits already only takes its new size. */
  pushRecord(record: SpanRecord | TraceRecord, bytes: number): boolean {
    if (record.charged > 0) {
      this.#bytes += bytes - record.charged
      record.charged = bytes
      return true
    }
    if (!this.#push(record, bytes, record.kind === 'trace')) return false
    record.charged = bytes
    return true
  }

  /** Queues anything else; false when there is no room. */
  push(item: RunCreation | RunEnd | Assessment): boolean {
    return this.#push(item, item.bytes, item.kind !== 'assessment')
  }

  /** Queues metrics, params and tags of a run, together with those that wait at the end of the queue. */
  pushEntries(entries: RunEntries): boolean {
    const last = this.#items.at(-1)
    const joinable =
      this.length > 0 &&
      last?.kind === 'entries' &&
      last.run === entries.run &&
      last.metrics.length + last.params.length + last.tags.length < maxEntriesPerItem
    if (!joinable) return this.#push(entries, entries.bytes, false)
    if (this.#bytes + entries.bytes > this.#maxBytes) return false
    last.metrics.push(...entries.metrics)
    last.params.push(...entries.params)
    last.tags.push(...entries.tags)
    last.bytes += entries.bytes
    this.#bytes += entries.bytes
    return true
  }

  /** Takes items from the front, at least one if there is one, until `maxBytes` are reached. */
  take(maxItems: number, maxBytes: number): WorkItem[] {
    const taken: WorkItem[] = []
    let bytes = 0
    while (this.#head < this.#items.length && taken.length < maxItems && bytes < maxBytes) {
      const item = this.#items[this.#head]
      if (item === undefined) break
      this.#head++
      bytes += 'charged' in item ? item.charged : item.bytes
      if ('charged' in item) item.charged = 0
      taken.push(item)
    }
    this.#bytes -= bytes
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 4096 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return taken
  }

  #push(item: WorkItem, bytes: number, mayUseReserve: boolean): boolean {
    const share = mayUseReserve ? reserve : 1
    if (this.length >= this.#maxItems * share || this.#bytes + bytes > this.#maxBytes * share) return false
    this.#items.push(item)
    this.#pushed++
    this.#bytes += bytes
    return true
  }
}
