import type { JsonObject } from '@voxtrace/model'
import type { ExperimentRef } from './record.ts'
import type { MetricEntry, TextEntry } from './work-items.ts'

/**
 * One request to come, in a form that can be kept on disk: it names its experiment and run by what was known when it
 * was recorded, and these are resolved when it is sent. Each may be sent more than once and changes the store once.
 */
export type Operation =
  | CreateRunOperation
  | StartTraceOperation
  | SpansOperation
  | LogBatchOperation
  | EndRunOperation
  | FeedbackOperation

/** A run as the client knows it before and after the server does: by the key it gave it. */
export interface RunRef {
  key: string
  experiment: ExperimentRef
}

export interface CreateRunOperation {
  kind: 'createRun'
  run: RunRef
  name: string | null
  tags: Record<string, string>
  startTimeMs: number
}

export interface StartTraceOperation {
  kind: 'startTrace'
  experiment: ExperimentRef
  run: RunRef | null
  /** A TraceInfoV3 without its location and its `mlflow.sourceRun`. */
  info: JsonObject
  metadata: Record<string, string>
}

export interface SpansOperation {
  kind: 'spans'
  experiment: ExperimentRef
  /** Where each encoded span ends in `fields`. */
  ends: number[]
  /** For each span: 1 when it has ended, 0 when it is announced. */
  ended: (0 | 1)[]
  /** Encoded `ScopeSpans.spans` fields, one behind the other. */
  fields: Uint8Array<ArrayBuffer>
}

export interface LogBatchOperation {
  kind: 'logBatch'
  run: RunRef
  metrics: MetricEntry[]
  params: TextEntry[]
  tags: TextEntry[]
}

interface EndRunOperation {
  kind: 'endRun'
  run: RunRef
  status: string
  endTimeMs: number
}

interface FeedbackOperation {
  kind: 'feedback'
  traceId: string
  body: JsonObject
}

/** What an operation carries, for the counts of what became of it. */
export interface OperationCounts {
  spans: number
  announcements: number
  metrics: number
  other: number
}

export function countsOf(operation: Operation): OperationCounts {
  if (operation.kind === 'spans') {
    const spans = operation.ended.reduce<number>((total, ended) => total + ended, 0)
    return { spans, announcements: operation.ended.length - spans, metrics: 0, other: 0 }
  }
  if (operation.kind === 'logBatch') {
    const texts = operation.params.length + operation.tags.length
    return { spans: 0, announcements: 0, metrics: operation.metrics.length, other: texts }
  }
  return { spans: 0, announcements: 0, metrics: 0, other: 1 }
}
