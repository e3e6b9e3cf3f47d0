import { VoxtraceError } from '@voxtrace/model'
import type { LiveEvent } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Connection, Database, Transaction } from './database.ts'
import type { Live } from './live.ts'
import type { MetTraces } from './met-traces.ts'
import type { ConversationJob, Queue, TurnJob } from './queue.ts'
import { type KnownSpans, type SpanBatch, spansByTrace, type TraceSpans, traceChange } from './span-batch.ts'
import { newSpans, overwriteSpans, type SpanRecord } from './span-rows.ts'
import {
  type KnownTrace,
  lockTraces,
  newTraces,
  type TraceChange,
  traceAppeared,
  updateTraces,
} from './trace-ingest.ts'
import { besideClient, largeTrace, readUsage, type Usage, usageOf } from './trace-usage.ts'
import { postponeTurns, refreshTurns } from './turns.ts'

/** Transactions at once. */
const mostGroups = 4
/** Batches are gathered into one transaction until it has this many spans. */
const spansPerGroup = 1_000

interface WaitingBatch {
  batch: SpanBatch
  resolve(): void
  reject(error: unknown): void
}

/**
 * Writes batches of spans. Batches that come while rows of others are going in wait until they are as many, and are then
 * written together, in one transaction, so that many small requests share its cost; each is acknowledged after the commit.
 * A transaction that only waits for the disk keeps no other from beginning, and neither does any where a full one waits.
 */
export class SpanWriter {
  readonly #database: Database
  readonly #live: Live
  readonly #queue: Queue
  readonly #met: MetTraces
  readonly #sessionQuietMs: number
  readonly #waiting: WaitingBatch[] = []
  #waitingSpans = 0
  /** Groups that are being written. */
  #writing = 0
  /** Batches whose rows are going in. */
  #copying = 0

  constructor(database: Database, live: Live, queue: Queue, met: MetTraces, sessionQuietMs: number) {
    this.#database = database
    this.#live = live
    this.#queue = queue
    this.#met = met
    this.#sessionQuietMs = sessionQuietMs
  }

  write(batch: SpanBatch): Promise<void> {
    if (batch.spans.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject })
      this.#waitingSpans += batch.spans.length
      this.#next()
    })
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#writing < mostGroups) {
      if (this.#waiting.length < this.#copying && this.#waitingSpans < spansPerGroup) return
      const group: WaitingBatch[] = []
      for (let spans = 0; spans < spansPerGroup; ) {
        const next = this.#waiting.shift()
        if (next === undefined) break
        group.push(next)
        spans += next.batch.spans.length
        this.#waitingSpans -= next.batch.spans.length
      }
      this.#writing++
      this.#copying += group.length
      let isCopying = true
      const copied = () => {
        if (!isCopying) return
        isCopying = false
        this.#copying -= group.length
        this.#next()
      }
      void this.#writeGroup(group, copied).finally(() => {
        this.#writing--
        copied()
        this.#next()
      })
    }
  }

  async #writeGroup(group: WaitingBatch[], copied: () => void): Promise<void> {
    try {
      await this.#commit(
        group.map(({ batch }) => batch),
        copied,
      )
      for (const { resolve } of group) resolve()
    } catch (error) {
      const [only] = group
      if (group.length === 1 && only !== undefined) only.reject(error)
      else if (error instanceof VoxtraceError) for (const { reject } of group) reject(error)
      // What the database refuses of one batch is no reason to lose the others.
      else for (const waiting of group) await this.#writeGroup([waiting], copied)
    }
  }

  async #commit(batches: SpanBatch[], copied: () => void): Promise<void> {
    const traces = spansByTrace(batches)
    let areNew = this.#met.allNew(traces.map(({ traceId }) => traceId))
    const events = await this.#database.transaction(async (transaction) => {
      const rows = areNew ? noTraces : await lockTraces(transaction, traces)
      // Where one of them was there after all, the work is done again, and looks for it.
      areNew = false
      return writeTraces(transaction, traces, rows, this.#queue, this.#sessionQuietMs, copied)
    })
    this.#live.announce(...events)
  }
}

const noTraces = new Map<string, KnownTrace>()

/** Writes the spans of traces, the traces themselves, their turns, and the queue of those that have ended. */
async function writeTraces(
  transaction: Transaction,
  traces: TraceSpans[],
  rows: Map<string, KnownTrace>,
  queue: Queue,
  sessionQuietMs: number,
  copied: () => void,
): Promise<LiveEvent[]> {
  const known = await readKnown(transaction, traces, rows)
  const events: LiveEvent[] = []
  const made: TraceChange[] = []
  const changed: TraceChange[] = []
  const added: SpanRecord[] = []
  const overwritten: SpanRecord[] = []
  const jobs: (TurnJob & { endedMs: number })[] = []
  const written: { row: KnownTrace | undefined; change: TraceChange; records: SpanRecord[] }[] = []
  for (const trace of traces) {
    const { traceId } = trace
    const row = rows.get(traceId)
    const knownSpans = known.get(traceId)
    const records: SpanRecord[] = []
    for (const record of trace.records) {
      const { span, isTurn } = record
      const earlier = knownSpans?.get(span.spanId)
      if (earlier?.ended === true && span.endTimeUnixNano === null) continue
      records.push(record)
      if (earlier === undefined) added.push(record)
      else overwritten.push(record)
      if (isTurn && span.endTimeUnixNano !== null && earlier?.ended !== true)
        jobs.push({ traceId, spanId: span.spanId, endedMs: milliseconds(span.endTimeUnixNano) })
    }
    const change = traceChange(trace, row, records, knownSpans)
    if (records.length > 0) {
      written.push({ row, change, records })
      if (row === undefined) made.push({ ...change, usage: usageOfRecords(records) })
      else changed.push(change)
    }
    events.push({
      type: 'trace',
      traceId,
      experimentId: change.experimentId,
      change: row === undefined ? 'created' : 'updated',
    })
  }
  const copies = [...newTraces(made), ...(added.length === 0 ? [] : [newSpans(added)])]
  const isAll =
    made.length === written.length && !written.some(({ records }) => records.some(({ isTurn }) => isTurn))
  try {
    if (isAll) await transaction.copyInAndCommit(copies, copied)
    else if (copies.length > 0) await transaction.copyIn(copies)
  } catch (error) {
    throw traceAppeared(error)
  }
  if (isAll) return events
  await overwriteSpans(transaction, overwritten)
  for (const { row, change, records } of written) {
    if (row === undefined || row.spanCount + change.addedSpans > largeTrace) continue
    if (!records.some(({ facts }) => facts.totalTokens !== null || facts.totalCost !== null)) continue
    if (row.usageByClient && row.costByClient) continue
    change.usage = besideClient(await readUsage(transaction, change.traceId), row)
  }
  await updateTraces(transaction, changed)
  for (const { row, change, records } of written) {
    const isLarge = row !== undefined && row.spanCount + change.addedSpans > largeTrace
    if (isLarge) await postponeTurns(transaction, row, records)
    else await refreshTurns(transaction, change.traceId, row?.hasTurns ?? false, records)
  }
  await queue.enqueueTurns(jobs, transaction)
  await queue.enqueueConversations(
    written.flatMap(({ row, change, records }) => endedConversation(row, change, records, sessionQuietMs)),
    transaction,
  )
  return events
}

/** Spans of an ended trace may still be on their way for so long. */
const lateSpansMs = 2_000

/**
 * The trace as a conversation to judge, once its root has ended and it has turns. Where the root is itself a turn, others
 * may follow in traces of their own, so the session is given time to go on.
 */
function endedConversation(
  row: KnownTrace | undefined,
  { traceId, root, lastEnd }: TraceChange,
  records: SpanRecord[],
  sessionQuietMs: number,
): (ConversationJob & { endedMs: number; afterMs: number })[] {
  const hasEnded = root === null ? row?.rootEnded === true : root.span.endTimeUnixNano !== null
  const hasTurns = row?.hasTurns === true || records.some(({ isTurn }) => isTurn)
  if (!hasEnded || !hasTurns) return []
  const isTurn = records.some((record) => record.isTurn && record.span.parentSpanId === null)
  const endedMs = milliseconds(lastEnd ?? 0n)
  return [{ traceId, endedMs, afterMs: isTurn ? sessionQuietMs : lateSpansMs }]
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n)
}

async function readKnown(
  transaction: Connection,
  traces: TraceSpans[],
  rows: Map<string, KnownTrace>,
): Promise<Map<string, KnownSpans>> {
  const records = traces.flatMap((trace) =>
    (rows.get(trace.traceId)?.spanCount ?? 0) === 0 ? [] : trace.records,
  )
  if (records.length === 0) return new Map()
  const found = await transaction.rows(sql<{
    traceId: string
    spanId: string
    ended: boolean
    failed: boolean
  }>`
    SELECT trace_id AS "traceId", span_id AS "spanId", end_time_ns IS NOT NULL AS ended, status_code = 'ERROR' AS failed
    FROM unnest(${records.map(({ traceId }) => traceId)}::text[], ${records.map(({ span }) => span.spanId)}::text[])
      AS n (trace_id, span_id) JOIN spans USING (trace_id, span_id)`)
  const known = new Map<string, KnownSpans>()
  for (const { traceId, spanId, ...row } of found) {
    const ofTrace = known.get(traceId) ?? new Map()
    known.set(traceId, ofTrace.set(spanId, row))
  }
  return known
}

function usageOfRecords(records: SpanRecord[]): Usage {
  return usageOf(
    records.map(({ span: { spanId, parentSpanId }, facts }) => ({ ...facts, spanId, parentSpanId })),
  )
}
