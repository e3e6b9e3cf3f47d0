/** What a list of traces can be ordered by beside time. Each begins with the traces that need a look. */
export const traceRanks = [
  'slowest',
  'longest',
  'most_errors',
  'lowest_score',
  'most_tokens',
  'most_costly',
] as const
export type TraceRank = (typeof traceRanks)[number]

export const traceOrders = ['newest', 'oldest', ...traceRanks] as const
export type TraceOrder = (typeof traceOrders)[number]

/** Of sessions `most_errors` is about their traces that failed. */
export const sessionOrders = [
  'newest',
  'oldest',
  'slowest',
  'most_errors',
  'lowest_score',
  'most_tokens',
  'most_costly',
] as const
export type SessionOrder = (typeof sessionOrders)[number]
