import type { Span } from '@voxtrace/model'
import type { Database } from './database.ts'
import type { Live } from './live.ts'
import type { Queue } from './queue.ts'
import type { SpanBatch } from './span-batch.ts'
import { readSpans } from './span-rows.ts'
import { SpanWriter } from './span-writer.ts'

/** Spans: the way in and the way out. */
export class Spans {
  readonly #database: Database
  readonly #writer: SpanWriter

  constructor(database: Database, live: Live, queue: Queue) {
    this.#database = database
    this.#writer = new SpanWriter(database, live, queue)
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

  /** The spans of several traces, by trace id; a trace without spans is absent. */
  async ofTraces(traceIds: string[]): Promise<Map<string, Span[]>> {
    return readSpans(this.#database, traceIds)
  }
}
