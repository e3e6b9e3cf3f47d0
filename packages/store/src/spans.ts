import { type Span, VoxtraceError } from '@voxtrace/model'
import type { SpanOutline } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { storableText } from './json-text.ts'
import type { Live } from './live.ts'
import type { MetTraces } from './met-traces.ts'
import type { Queue } from './queue.ts'
import type { Page, PageRequest } from './search/query.ts'
import type { SpanBatch } from './span-batch.ts'
import { readOutline } from './span-outline.ts'
import { readSpans } from './span-rows.ts'
import { SpanWriter } from './span-writer.ts'
import { noTrace } from './traces.ts'

export interface OutlinePage extends Page<SpanOutline> {
  /** How many spans the trace has. */
  spanCount: number
}

/** Spans: the way in and the way out. */
export class Spans {
  readonly #database: Database
  readonly #writer: SpanWriter

  constructor(database: Database, live: Live, queue: Queue, met: MetTraces, sessionQuietMs: number) {
    this.#database = database
    this.#writer = new SpanWriter(database, live, queue, met, sessionQuietMs)
  }

  /**
   * Records spans, all or none; resolves after the commit. The same span may come twice, out of order, and from several
   * connections at once; of two records an ended one wins over an open one, otherwise the later wins. Traces are made
   * as their spans arrive, and turns that have ended are queued for the judge.
   *
   * Traces are locked in the order of their ids before anything of theirs is read or written, so that two batches,
   * or a batch and a trace's info, wait for each other and never deadlock.
   */
  async record(batch: SpanBatch): Promise<void> {
    await this.#writer.write(batch)
  }

  /** The spans of a trace in order of start; empty when there are none. */
  async ofTrace(traceId: string): Promise<Span[]> {
    return (await this.ofTraces([traceId])).get(traceId) ?? []
  }

  /**
   * A page of a trace's spans in order of start, without their payloads.
   *
   * @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when there is no such trace
   */
  async outline(traceId: string, { maxResults, pageToken }: PageRequest): Promise<OutlinePage> {
    const [trace] = await this.#database.rows(sql<{ spanCount: number }>`
      SELECT span_count AS "spanCount" FROM traces WHERE trace_id = ${storableText(traceId)}`)
    if (trace === undefined) throw noTrace(traceId)
    const page = await readOutline(this.#database, storableText(traceId), maxResults, pageToken)
    return { ...page, spanCount: trace.spanCount }
  }

  /** One span. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(traceId: string, spanId: string): Promise<Span> {
    const spans = await readSpans(
      this.#database,
      [storableText(traceId)],
      sql`span_id = ${storableText(spanId)}`,
    )
    const [span] = spans.get(traceId) ?? []
    if (span === undefined) {
      throw new VoxtraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `Span with ID '${spanId}' not found in trace '${traceId}'.`,
      )
    }
    return span
  }

  /** The spans of several traces, by trace id; a trace without spans is absent. */
  async ofTraces(traceIds: string[]): Promise<Map<string, Span[]>> {
    return readSpans(this.#database, traceIds)
  }
}
