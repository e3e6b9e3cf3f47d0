import type { Circuit } from './circuit-breaker.ts'
import type { OperationCounts } from './operation.ts'

/**
 * Why something was given up. `queue_full`: memory's bound was reached. `spill_full`: the disk's bound was.
 * `refused`: the server will never take it. `shutdown`: the client stopped before it could be sent. `no_server`: it
 * is for a tracking server, and spans go to an OTLP endpoint.
 */
export type DropReason = 'queue_full' | 'spill_full' | 'refused' | 'shutdown' | 'no_server'

/** How many ended spans, metrics, and other things (runs, trace infos, params, tags, feedback). */
export interface Counts {
  spans: number
  metrics: number
  other: number
}

/** What became of what was recorded, since the client was made. */
export interface PipelineStats {
  recorded: { spans: number; metrics: number }
  /** Also what earlier processes left in the spill directory. */
  delivered: Counts
  dropped: Record<DropReason, Counts>
  /** Announcements of open spans that were delivered. */
  announcements: number
  /** Traces that sampling left out. */
  leftOutTraces: number
  /** Values that were longer than may be recorded, and were cut. */
  cutValues: number
  /** Values and calls that could not be recorded. */
  failures: number
  queueItems: number
  queueBytes: number
  /** Operations ever written to the spill directory, and the bytes that wait there. */
  spilledOperations: number
  spillBytes: number
  damagedRecords: number
  requests: number
  retries: number
  /** Whether the last attempt reached the server; null before the first. */
  serverReachable: boolean | null
  /** Whether the server is asked: `open` while it is left alone after failures, `half-open` while one request tries. */
  circuit: Circuit
  /** What went wrong last. */
  lastError: string | null
}

/** What stands in the statistics as it is now. */
export type SendingGauges = Pick<PipelineStats, 'spillBytes' | 'requests' | 'circuit'>
type Gauges = SendingGauges & Pick<PipelineStats, 'queueItems' | 'queueBytes'>

/** Counts what becomes of what was recorded. */
export class Tally {
  readonly #counted: Omit<PipelineStats, keyof Gauges | 'cutValues'> = {
    recorded: { spans: 0, metrics: 0 },
    delivered: noCounts(),
    dropped: {
      queue_full: noCounts(),
      spill_full: noCounts(),
      refused: noCounts(),
      shutdown: noCounts(),
      no_server: noCounts(),
    },
    announcements: 0,
    leftOutTraces: 0,
    failures: 0,
    spilledOperations: 0,
    damagedRecords: 0,
    retries: 0,
    serverReachable: null,
    lastError: null,
  }

  recordedSpan(): void {
    this.#counted.recorded.spans++
  }

  recordedMetrics(count: number): void {
    this.#counted.recorded.metrics += count
  }

  delivered(counts: OperationCounts): void {
    this.#counted.serverReachable = true
    this.#counted.announcements += counts.announcements
    add(this.#counted.delivered, counts)
  }

  dropped(reason: DropReason, counts: Counts): void {
    add(this.#counted.dropped[reason], counts)
    if (reason === 'refused') this.#counted.serverReachable = true
  }

  droppedCount(reason: DropReason, what: keyof Counts, count: number): void {
    this.#counted.dropped[reason][what] += count
  }

  spilled(operations: number): void {
    this.#counted.spilledOperations += operations
  }

  damaged(records: number): void {
    this.#counted.damagedRecords += records
  }

  retried(reason: string): void {
    this.#counted.retries++
    this.#counted.serverReachable = false
    this.#counted.lastError = reason
  }

  leftOut(): void {
    this.#counted.leftOutTraces++
  }

  failed(): void {
    this.#counted.failures++
  }

  read(gauges: Gauges): Omit<PipelineStats, 'cutValues'> {
    return { ...structuredClone(this.#counted), ...gauges }
  }
}

function noCounts(): Counts {
  return { spans: 0, metrics: 0, other: 0 }
}

function add(counts: Counts, { spans, metrics, other }: Counts): void {
  counts.spans += spans
  counts.metrics += metrics
  counts.other += other
}
