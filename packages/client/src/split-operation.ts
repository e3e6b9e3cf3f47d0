import type { LogBatchOperation, Operation, SpansOperation } from './operation.ts'

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
