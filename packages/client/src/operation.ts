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
  fields: Uint8Array
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

/** Cuts an operation in two halves, to find what in it the server refuses; null when it is one thing. */
export function split(operation: Operation): [Operation, Operation] | null {
  if (operation.kind === 'spans') return splitSpans(operation)
  if (operation.kind === 'logBatch') return splitEntries(operation)
  return null
}

/** The spans of an operation that have ended. */
export function endedOnly(operation: SpansOperation): SpansOperation {
  const { ends, ended, fields } = operation
  const parts = ends.map((end, index) => fields.subarray(ends[index - 1] ?? 0, end))
  const kept = parts.filter((_, index) => ended[index] === 1)
  const joined = new Uint8Array(kept.reduce((bytes, part) => bytes + part.length, 0))
  let offset = 0
  const keptEnds = kept.map((part) => {
    joined.set(part, offset)
    offset += part.length
    return offset
  })
  return { ...operation, ends: keptEnds, ended: kept.map(() => 1), fields: joined }
}

function splitSpans(operation: SpansOperation): [Operation, Operation] | null {
  if (operation.ends.length < 2) return null
  const middle = operation.ends.length >> 1
  const cut = operation.ends[middle - 1] ?? 0
  const { kind, experiment, ends, ended, fields } = operation
  return [
    {
      kind,
      experiment,
      ends: ends.slice(0, middle),
      ended: ended.slice(0, middle),
      fields: fields.subarray(0, cut),
    },
    {
      kind,
      experiment,
      ends: ends.slice(middle).map((end) => end - cut),
      ended: ended.slice(middle),
      fields: fields.subarray(cut),
    },
  ]
}

function splitEntries(operation: LogBatchOperation): [Operation, Operation] | null {
  const { kind, run, metrics, params, tags } = operation
  const kinds = [metrics, params, tags].filter((entries) => entries.length > 0)
  if (kinds.length === 0 || (kinds.length === 1 && kinds[0]?.length === 1)) return null
  if (kinds.length > 1) {
    return metrics.length > 0
      ? [
          { kind, run, metrics, params: [], tags: [] },
          { kind, run, metrics: [], params, tags },
        ]
      : [
          { kind, run, metrics, params, tags: [] },
          { kind, run, metrics, params: [], tags },
        ]
  }
  const half = <T>(entries: T[]): [T[], T[]] => {
    const middle = entries.length >> 1
    return [entries.slice(0, middle), entries.slice(middle)]
  }
  const [firstMetrics, lastMetrics] = half(metrics)
  const [firstParams, lastParams] = half(params)
  const [firstTags, lastTags] = half(tags)
  return [
    { kind, run, metrics: firstMetrics, params: firstParams, tags: firstTags },
    { kind, run, metrics: lastMetrics, params: lastParams, tags: lastTags },
  ]
}
