import type { SpanRecord } from './record.ts'
import type { SpanRecorder } from './recorder.ts'

/** Told of every span that is recorded. Never throws. */
export interface SpanHooks {
  began(record: SpanRecord, recorder: SpanRecorder): void
  /** The span is about to end, and still takes everything in. */
  ending(record: SpanRecord, recorder: SpanRecorder): void
}

/** Most applications have none. */
export const spanHooks: { provided: SpanHooks | null } = { provided: null }
