import { isTurnSpan, type Span, traceMetadata } from '@voxtrace/model'
import type { LiveEvent } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import type { Live } from './live.ts'
import type { Queue, TurnJob } from './queue.ts'
import { readSpanFacts } from './span-facts.ts'
import { readSpans, type SpanRecord, writeSpans } from './span-rows.ts'
import { readUsage } from './token-usage.ts'
import { type IngestedTrace, openTraces, updateTrace } from './trace-ingest.ts'
import { refreshTurns } from './turns.ts'

export interface SpanBatch {
  /** Where traces that are not known yet are put. */
  experimentId: string
  spans: Span[]
  /** A run that the traces belong to. */
  runId?: string
}

/** Spans: the way in and the way out. */
export class Spans {
  readonly #database: Database
  readonly #live: Live
  readonly #queue: Queue

  constructor(database: Database, live: Live, queue: Queue) {
    this.#database = database
    this.#live = live
    this.#queue = queue
  }

  /**
   * Records spans, in one transaction: all or none. The same span may come twice, out of order, and from several
   * connections at once; of two records an ended one wins over an open one, otherwise the later wins. Traces are made
   * as their spans arrive, and turns that have ended are queued for the judge.
   *
   * Traces are locked in the order of their ids before anything of theirs is read or written, so that two batches,
   * or a batch and a trace's info, wait for each other and never deadlock.
   */
  async record(batch: SpanBatch): Promise<void> {
    const records = latestRecords(batch.spans)
    if (records.length === 0) return
    const byTrace = Map.groupBy(records, (record) => record.traceId)
    const events = await this.#database.transaction(async (transaction) => {
      const events: LiveEvent[] = []
      const jobs: TurnJob[] = []
      const traces = await openTraces(transaction, batch.experimentId, [...byTrace.keys()])
      const known = await readKnown(transaction, traces, records)
      const winners = records.filter(({ traceId, span }) => {
        const earlier = known.get(`${traceId}/${span.spanId}`)
        return earlier === undefined || !earlier.ended || span.endTimeUnixNano !== null
      })
      await writeSpans(transaction, winners)
      const winnersByTrace = Map.groupBy(winners, (record) => record.traceId)
      for (const trace of traces) {
        const ofTrace = winnersByTrace.get(trace.traceId) ?? []
        const usage =
          !trace.usageByClient && ofTrace.some(({ facts }) => facts.totalTokens !== null)
            ? await readUsage(transaction, trace.traceId)
            : null
        const facts = batch.runId === undefined ? {} : { [traceMetadata.sourceRun]: batch.runId }
        await updateTrace(transaction, trace, ofTrace, known, usage, facts)
        await refreshTurns(transaction, trace, ofTrace)
        for (const { isTurn, span, traceId } of ofTrace) {
          const endedBefore = known.get(`${traceId}/${span.spanId}`)?.ended ?? false
          if (isTurn && span.endTimeUnixNano !== null && !endedBefore)
            jobs.push({ traceId, spanId: span.spanId })
        }
        events.push({
          type: 'trace',
          traceId: trace.traceId,
          experimentId: trace.experimentId,
          change: trace.created ? 'created' : 'updated',
        })
      }
      await this.#queue.enqueueTurns(jobs, transaction)
      return events
    })
    this.#live.announce(...events)
  }

  /** The spans of a trace in order of start; empty when there are none. */
  async ofTrace(traceId: string): Promise<Span[]> {
    return (await this.ofTraces([traceId])).get(traceId) ?? []
  }

  /** The spans of several traces, by trace id; a trace without spans is absent. */
  async ofTraces(traceIds: string[]): Promise<Map<string, Span[]>> {
    return readSpans(this.#database, traceIds)
  }
}

/** The ids and states of spans that the batch brings again. */
export type KnownSpans = Map<string, { ended: boolean; failed: boolean }>

async function readKnown(
  transaction: Connection,
  traces: IngestedTrace[],
  records: SpanRecord[],
): Promise<KnownSpans> {
  const older = traces.filter((trace) => !trace.created).map((trace) => trace.traceId)
  if (older.length === 0) return new Map()
  const rows = await transaction.rows(sql<{
    traceId: string
    spanId: string
    ended: boolean
    failed: boolean
  }>`
    SELECT trace_id AS "traceId", span_id AS "spanId", end_time_ns IS NOT NULL AS ended, status_code = 'ERROR' AS failed
    FROM spans WHERE trace_id = ANY(${older}) AND span_id = ANY(${records.map(({ span }) => span.spanId)})`)
  return new Map(rows.map((row) => [`${row.traceId}/${row.spanId}`, row]))
}

/** One record a span, sorted by trace and span. */
function latestRecords(spans: Span[]): SpanRecord[] {
  const latest = new Map<string, Span>()
  for (const span of spans) {
    const key = `tr-${span.traceId}/${span.spanId}`
    const earlier = latest.get(key)
    if (earlier === undefined || earlier.endTimeUnixNano === null || span.endTimeUnixNano !== null)
      latest.set(key, span)
  }
  return [...latest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, span]) => ({
      traceId: `tr-${span.traceId}`,
      span,
      facts: readSpanFacts(span),
      isTurn: isTurnSpan(span),
    }))
}
