import { parseFilter } from '@voxtrace/protocol'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isExperimentId } from './experiments.ts'
import { conditionOf } from './search/conditions.ts'
import { traceCondition } from './search/fields.ts'
import { askedTogether } from './search/together.ts'

/** How often two filters hold, alone and together, and how strongly they go together. */
export interface TraceCorrelation {
  total: number
  first: number
  second: number
  both: number
  /** Normalized pointwise mutual information, -1 to 1; NaN when one of the filters never holds. */
  npmi: number
  /** The same with half a trace added to each case (Jeffreys' prior), which does not overrate few traces. */
  npmiSmoothed: number
}

export interface FilterPair {
  experimentIds: string[]
  first: string
  second: string
  /** Which traces count at all; all when empty. */
  base: string
}

/**
 * How two filters of traces go together among the traces that `base` holds for.
 *
 * @throws VoxtraceError INVALID_PARAMETER_VALUE when a filter is malformed
 */
export async function correlateFilters(database: Database, query: FilterPair): Promise<TraceCorrelation> {
  const condition = (filter: string) =>
    conditionOf(parseFilter(filter, 'traces'), traceCondition, askedTogether)
  const [counts] = await database.rows(sql<{ total: number; first: number; second: number; both: number }>`
    SELECT count(*) AS total, count(*) FILTER (WHERE first) AS first, count(*) FILTER (WHERE second) AS second,
      count(*) FILTER (WHERE first AND second) AS both
    FROM (
      SELECT ${condition(query.first)} AS first, ${condition(query.second)} AS second FROM traces t
      WHERE t.experiment_id = ANY(${query.experimentIds.filter(isExperimentId)}::bigint[]) AND ${condition(query.base)}
    ) AS held`)
  const { total = 0, first = 0, second = 0, both = 0 } = counts ?? {}
  return {
    total,
    first,
    second,
    both,
    npmi: both === 0 && first > 0 && second > 0 ? -1 : npmi({ total, first, second, both }, 0),
    npmiSmoothed: npmi({ total, first, second, both }, 0.5),
  }
}

/** https://en.wikipedia.org/wiki/Pointwise_mutual_information#Normalized_pointwise_mutual_information_(npmi) */
function npmi(counts: { total: number; first: number; second: number; both: number }, added: number): number {
  const { total, first, second, both } = counts
  if (first === 0 || second === 0) return Number.NaN
  if (both === total) return 1
  const all = total + 4 * added
  const together = both + added
  const apart = (first + 2 * added) * (second + 2 * added)
  const mutual = Math.log((together * all) / apart)
  return Math.max(-1, Math.min(1, mutual / -Math.log(together / all)))
}
