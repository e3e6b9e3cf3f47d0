import type { FilterNode } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Connection } from '../database.ts'
import { type Condition, conditionOf } from './conditions.ts'
import { traceCondition } from './fields.ts'
import { fromEach } from './from-each.ts'
import type { PageKey, PageRow } from './keyset.ts'
import type { TraceQuery } from './query.ts'
import { askedTogether } from './together.ts'
import type { TraceOrdering } from './trace-order.ts'

/** What one search reads of traces and of their spans at most, so that it answers in seconds whatever is stored. */
const budget = { traces: 5_000, spans: 250_000 }

/**
 * Where a search stops that has to read spans, of which no index tells what they hold: it then gives what it has found so far,
 * and a token to go on from there. Null when it may go to the end. Orders that no index has are sorted as a whole, so
 * that nothing is gained by stopping.
 */
export async function furthestPlace(
  connection: Connection,
  search: { filter: FilterNode; tagged: Condition; query: TraceQuery; ordering: TraceOrdering },
): Promise<PageKey | null> {
  const { filter, tagged, query, ordering } = search
  const { keyset } = ordering
  if (!readsSpans(filter) || !ordering.isOfIndex) return null
  const operands = filter.kind === 'and' ? filter.operands.filter((operand) => !readsSpans(operand)) : []
  const others = conditionOf({ kind: 'and', operands }, traceCondition, askedTogether)
  const [place] = await connection.rows(sql<PageRow>`
    SELECT "pageKey" FROM (
      SELECT "pageKey", row_number() OVER along AS place, sum(span_count) OVER along AS spans FROM (
        SELECT page.* FROM ${fromEach(
          query.experimentIds,
          ordering.sources,
          (id, source) => sql`
          SELECT t.span_count, ${source.keyset.column} FROM ${source.from(id)} AND ${others} AND ${tagged}
            AND ${source.keyset.behind}
          ORDER BY ${source.keyset.orderBy} LIMIT ${budget.traces}::bigint`,
        )} AS page
        ORDER BY ${keyset.orderByKey} LIMIT ${budget.traces}::bigint) AS nearest
      WINDOW along AS (ORDER BY ${keyset.orderByKey} ROWS UNBOUNDED PRECEDING)) AS counted
    WHERE spans > ${budget.spans}::bigint OR place = ${budget.traces}::bigint ORDER BY place LIMIT 1`)
  return place?.pageKey ?? null
}

function readsSpans(node: FilterNode): boolean {
  switch (node.kind) {
    case 'comparison':
      return node.field.type === 'span' || node.field.type === 'span_attribute'
    case 'not':
      return readsSpans(node.operand)
    default:
      return node.operands.some(readsSpans)
  }
}
