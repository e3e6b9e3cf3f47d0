import { type TraceRank, traceRanks } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Condition } from './conditions.ts'
import { Keyset, type OrderTerm } from './keyset.ts'
import { orderTerms } from './order-terms.ts'
import type { TraceQuery } from './query.ts'

/** The terms of each rank, of a table aliased `o`; an index has them in this order. */
const rankTerms: Record<TraceRank, Pick<OrderTerm, 'expression' | 'ascending'>> = {
  slowest: { expression: sql`o.slowest_ms`, ascending: false },
  longest: { expression: sql`o.duration_ms`, ascending: false },
  most_errors: { expression: sql`o.errors`, ascending: false },
  lowest_score: { expression: sql`o.lowest_score`, ascending: true },
  most_tokens: { expression: sql`o.tokens`, ascending: false },
  most_costly: { expression: sql`o.cost`, ascending: false },
}

/** How the traces that a search finds are ordered. */
export interface TraceOrdering {
  keyset: Keyset
  /** Where the traces of an experiment are read in that order, as a table aliased `t`. */
  from(experimentId: Condition): Condition
  /** Whether reading may stop anywhere on the way, since nothing has to be sorted. */
  isOfIndex: boolean
}

const byTime = /^(\w+\.)?timestamp(_ms)?( (asc|desc))?$/i

/** Newest first unless asked otherwise. @throws VoxtraceError when order or token are malformed */
export function traceOrdering({ order = 'newest', orderBy = [], pageToken }: TraceQuery): TraceOrdering {
  const rank = traceRanks.find((each) => each === order)
  if (rank !== undefined) {
    return {
      keyset: new Keyset(
        [
          { ...rankTerms[rank], type: 'float8', nullable: false },
          { expression: sql`o.request_time_ms`, type: 'bigint', ascending: false, nullable: false },
          { expression: sql`o.trace_id`, type: 'text', ascending: true, nullable: false },
        ],
        ['traces', rank],
        pageToken,
      ),
      from: (experimentId) => sql`counted_traces o JOIN traces t ON t.trace_id = o.trace_id
        WHERE o.experiment_id = ${experimentId} AND t.experiment_id = ${experimentId}`,
      isOfIndex: true,
    }
  }
  const isOldest = order === 'oldest'
  const time: OrderTerm[] = [
    { expression: sql`t.request_time_ms`, type: 'bigint', ascending: isOldest, nullable: false },
    { expression: sql`t.trace_id`, type: 'text', ascending: !isOldest, nullable: false },
  ]
  return {
    keyset: new Keyset(
      [...orderTerms('traces', orderBy), ...time],
      ['traces', ...(isOldest ? [order] : []), ...orderBy],
      pageToken,
    ),
    from: (experimentId) => sql`traces t WHERE t.experiment_id = ${experimentId}`,
    isOfIndex: orderBy.every((term) => byTime.test(term.trim())),
  }
}
