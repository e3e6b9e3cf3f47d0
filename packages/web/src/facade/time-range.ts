/** Stretches of time that end now. */
export const lastRanges = [
  { name: '1h', label: 'Last hour', ms: 3_600_000 },
  { name: '24h', label: 'Last 24 hours', ms: 86_400_000 },
  { name: '7d', label: 'Last 7 days', ms: 7 * 86_400_000 },
  { name: '30d', label: 'Last 30 days', ms: 30 * 86_400_000 },
] as const

/** A choice of time as it stands in the URL: a stretch until now, or moments in milliseconds since the epoch. */
export interface TimeRange {
  last?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** The moments that a choice means now; null where it is open. */
export function momentsOf({ last, from, to }: TimeRange, nowMs: number) {
  const stretch = lastRanges.find(({ name }) => name === last)
  if (stretch) return { fromMs: nowMs - stretch.ms, toMs: null }
  return { fromMs: numberOf(from), toMs: numberOf(to) }
}

/** The choice as a filter; empty for all time. */
export function timeFilter(
  range: TimeRange,
  nowMs: number,
  field: 'timestamp_ms' | 'start_time' = 'timestamp_ms',
): string {
  const { fromMs, toMs } = momentsOf(range, nowMs)
  return [fromMs === null ? '' : `${field} >= ${fromMs}`, toMs === null ? '' : `${field} < ${toMs}`]
    .filter(Boolean)
    .join(' AND ')
}

function numberOf(text: string | undefined): number | null {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) ? null : Math.round(value)
}
