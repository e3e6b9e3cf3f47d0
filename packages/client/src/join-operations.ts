import type { LogBatchOperation, Operation, SpansOperation } from './operation.ts'

const maxSpansBytes = 1024 * 1024
/** MLflow's bounds on one log-batch are 1000 metrics, 100 params and 100 tags. */
const maxMetrics = 800

/**
 * Joins what can go out in one request: spans of one experiment, and metrics of one run. Runs are still created before
 * what belongs to them and ended after it.
 */
export function joinOperations(operations: readonly Operation[]): Operation[] {
  const joined: Operation[] = []
  const spans = new Map<string, JoinedSpans>()
  const batches = new Map<string, LogBatchOperation>()
  const finish = () => {
    for (const parts of spans.values()) joined.push(parts.join())
    joined.push(...batches.values())
    spans.clear()
    batches.clear()
  }
  for (const operation of operations) {
    if (operation.kind === 'spans') {
      const key = JSON.stringify(operation.experiment)
      const parts = spans.get(key)
      if (parts !== undefined && parts.bytes < maxSpansBytes) parts.add(operation)
      else {
        if (parts !== undefined) joined.push(parts.join())
        spans.set(key, new JoinedSpans(operation))
      }
    } else if (operation.kind === 'logBatch') {
      const { key } = operation.run
      const batch = batches.get(key)
      if (batch !== undefined && mayJoin(batch, operation)) batch.metrics.push(...operation.metrics)
      else {
        if (batch !== undefined) joined.push(batch)
        batches.set(key, { ...operation, metrics: [...operation.metrics] })
      }
    } else {
      if (operation.kind !== 'startTrace') finish()
      joined.push(operation)
    }
  }
  finish()
  return joined
}

function mayJoin(batch: LogBatchOperation, other: LogBatchOperation): boolean {
  return (
    other.params.length + other.tags.length === 0 && batch.metrics.length + other.metrics.length <= maxMetrics
  )
}

class JoinedSpans {
  readonly #first: SpansOperation
  readonly #rest: SpansOperation[] = []
  bytes: number

  constructor(first: SpansOperation) {
    this.#first = first
    this.bytes = first.fields.length
  }

  add(operation: SpansOperation): void {
    this.#rest.push(operation)
    this.bytes += operation.fields.length
  }

  join(): SpansOperation {
    if (this.#rest.length === 0) return this.#first
    const fields = new Uint8Array(this.bytes)
    const ends: number[] = []
    const ended: (0 | 1)[] = []
    let offset = 0
    for (const part of [this.#first, ...this.#rest]) {
      fields.set(part.fields, offset)
      for (const end of part.ends) ends.push(offset + end)
      ended.push(...part.ended)
      offset += part.fields.length
    }
    return { ...this.#first, ends, ended, fields }
  }
}
