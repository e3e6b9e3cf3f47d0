import { type TraceRank, traceRanks } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Condition } from './conditions.ts'
import { Keyset, type OrderTerm } from './keyset.ts'
import { orderTerms } from './order-terms.ts'
import type { TraceQuery } from './query.ts'

interface Rank {
  /** Of a table aliased `o`. */
  column: Condition
  ascending: boolean
  /** Whether an index is read from its end, where those stand that have nothing to be ordered by. */
  isBackward: boolean
}

const least = (column: Condition): Rank => ({ column, ascending: true, isBackward: true })
const greatest = (column: Condition): Rank => ({ column, ascending: false, isBackward: false })

const ranks: Record<TraceRank, Rank> = {
  slowest: greatest(sql`o.slowest_ms`),
  longest: greatest(sql`o.duration_ms`),
  most_errors: greatest(sql`o.errors`),
  lowest_score: { column: sql`o.lowest_score`, ascending: true, isBackward: false },
  most_tokens: greatest(sql`o.tokens`),
  most_costly: greatest(sql`o.cost`),
  fastest: least(sql`o.slowest_ms`),
  shortest: least(sql`o.duration_ms`),
  fewest_errors: least(sql`o.errors`),
  highest_score: { column: sql`o.lowest_score`, ascending: false, isBackward: true },
  fewest_tokens: least(sql`o.tokens`),
  least_costly: least(sql`o.cost`),
}

/** Where traces of an experiment are read in an order. */
interface TraceSource {
  keyset: Keyset
  /** As a table aliased `t`. */
  from(experimentId: Condition): Condition
}

/** How the traces that a search finds are ordered. */
export interface TraceOrdering {
  /** Places traces of all sources. */
  keyset: Keyset
  sources: readonly [TraceSource, ...TraceSource[]]
  /** Whether reading may stop anywhere on the way, since nothing has to be sorted. */
  isOfIndex: boolean
}

const byTime = /^(\w+\.)?timestamp(_ms)?( (asc|desc))?$/i

/** Newest first unless asked otherwise. @throws VoxtraceError when order or token are malformed */
export function traceOrdering({ order = 'newest', orderBy = [], pageToken }: TraceQuery): TraceOrdering {
  const rank = traceRanks.find((each) => each === order)
  if (rank !== undefined) return rankedOrdering(rank, pageToken)
  const isOldest = order === 'oldest'
  const time: OrderTerm[] = [
    { expression: sql`t.request_time_ms`, type: 'bigint', ascending: isOldest, nullable: false },
    { expression: sql`t.trace_id`, type: 'text', ascending: !isOldest, nullable: false },
  ]
  const keyset = new Keyset(
    [...orderTerms('traces', orderBy), ...time],
    ['traces', ...(isOldest ? [order] : []), ...orderBy],
    pageToken,
  )
  return {
    keyset,
    sources: [{ keyset, from: (experimentId) => sql`traces t WHERE t.experiment_id = ${experimentId}` }],
    isOfIndex: orderBy.every((term) => byTime.test(term.trim())),
  }
}

/**
 * An order that an index has. What a trace lacks stands in it so that it comes last when the index is read forward; backward,
 * the traces that lack it are read apart, with a place behind all others.
 */
function rankedOrdering(rank: TraceRank, pageToken: string | null | undefined): TraceOrdering {
  const { column, ascending, isBackward } = ranks[rank]
  const keysetOf = (expression: Condition) =>
    new Keyset(
      [
        { expression, type: 'float8', ascending, nullable: false },
        { expression: sql`o.request_time_ms`, type: 'bigint', ascending: isBackward, nullable: false },
        { expression: sql`o.trace_id`, type: 'text', ascending: !isBackward, nullable: false },
      ],
      ['traces', rank],
      pageToken,
    )
  const from = (condition: Condition) => (experimentId: Condition) =>
    sql`counted_traces o JOIN traces t ON t.trace_id = o.trace_id
      WHERE o.experiment_id = ${experimentId} AND t.experiment_id = ${experimentId} AND ${condition}`
  const keyset = keysetOf(column)
  if (!isBackward) return { keyset, sources: [{ keyset, from: from(sql`true`) }], isOfIndex: true }
  const [lacking, last] = ascending
    ? [sql`'-Infinity'::float8`, sql`'Infinity'::float8`]
    : [sql`'Infinity'::float8`, sql`'-Infinity'::float8`]
  const having = ascending ? sql`${column} > ${lacking}` : sql`${column} < ${lacking}`
  return {
    keyset,
    sources: [
      { keyset, from: from(having) },
      { keyset: keysetOf(last), from: from(sql`${column} = ${lacking}`) },
    ],
    isOfIndex: true,
  }
}
