/** What a list of traces can be ordered by beside time: first what needs a look, then each the other way round. */
export const traceRanks = [
  'slowest',
  'longest',
  'most_errors',
  'lowest_score',
  'most_tokens',
  'most_costly',
  'fastest',
  'shortest',
  'fewest_errors',
  'highest_score',
  'fewest_tokens',
  'least_costly',
] as const
export type TraceRank = (typeof traceRanks)[number]

export const traceOrders = ['newest', 'oldest', ...traceRanks] as const
export type TraceOrder = (typeof traceOrders)[number]

/** Of sessions `most_errors` and `fewest_errors` are about their traces that failed. */
export const sessionOrders = [
  'newest',
  'oldest',
  'slowest',
  'most_errors',
  'lowest_score',
  'most_tokens',
  'most_costly',
  'fastest',
  'fewest_errors',
  'highest_score',
  'fewest_tokens',
  'least_costly',
] as const
export type SessionOrder = (typeof sessionOrders)[number]
