import { sql } from 'kysely'
import type { Connection } from '../database.ts'
import { numberIn } from '../search/conditions.ts'
import { readCounting, uncovered } from '../trace-usage.ts'

/** A span whose tokens or cost one above it counts already, in the figures of a dimension. */
export interface CountedTwice {
  traceId: string
  spanId: string
  what: 'tokens' | 'cost'
  dimension: '' | 'model'
}

const toldTokens = numberIn(sql`(t.metadata ->> 'mlflow.trace.tokenUsage')`, 'total_tokens')
const toldCost = numberIn(sql`(t.metadata ->> 'mlflow.trace.cost')`, 'total_cost')

/**
 * What a parent that sums up its children has counted already. In the figures of a whole trace the topmost span that
 * counts speaks, and in those of models the topmost that names a model, so that an agent without one leaves them to
 * the calls below it. Only traces are looked through whose spans add up to something else than the trace's own usage.
 */
export async function readCountedTwice(transaction: Connection, traceIds: string[]): Promise<CountedTwice[]> {
  const nested = await transaction.rows(sql<{ traceId: string }>`
    SELECT trace_id AS "traceId"
    FROM (
      SELECT trace_id, count(total_tokens) AS counting_tokens, sum(total_tokens)::float8 AS tokens,
        count(total_cost) AS counting_cost, sum(total_cost) AS cost
      FROM spans
      WHERE trace_id = ANY(${traceIds}) AND (model IS NOT NULL OR total_tokens IS NOT NULL OR total_cost IS NOT NULL)
      GROUP BY trace_id) AS s
    JOIN traces t USING (trace_id)
    WHERE (counting_tokens > 1 AND tokens IS DISTINCT FROM ${toldTokens})
      OR (counting_cost > 1 AND (abs(cost - ${toldCost}) <= 1e-9 * cost) IS NOT TRUE)`)
  const found: CountedTwice[] = []
  for (const { traceId } of nested) {
    const rows = await readCounting(transaction, traceId)
    type Row = (typeof rows)[number]
    const counts = {
      tokens: (row: Row) => row.totalTokens !== null,
      cost: (row: Row) => row.totalCost !== null,
    }
    for (const what of ['tokens', 'cost'] as const) {
      for (const dimension of ['', 'model'] as const) {
        const counting = (row: Row) => counts[what](row) && (dimension === '' || row.model !== null)
        const spoken = new Set(uncovered(rows, counting))
        for (const row of rows) {
          if (counting(row) && !spoken.has(row)) found.push({ traceId, spanId: row.spanId, what, dimension })
        }
      }
    }
  }
  return found
}
