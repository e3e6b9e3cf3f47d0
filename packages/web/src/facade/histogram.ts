export interface Bin {
  from: number
  to: number
  count: number
}

/** More bars than these are put together in twos, threes, …. */
const mostBins = 64

/**
 * A histogram as bars of one width each on a logarithmic axis, without gaps: ranges where nothing lies have bars
 * without height. The ranges that come grow by a constant factor; empty ones are left out of what comes.
 */
export function binsOf(histogram: readonly Bin[]): Bin[] {
  const sorted = histogram.filter(({ from, to }) => from > 0 && to > from).toSorted((a, b) => a.from - b.from)
  const first = sorted[0]
  const last = sorted.at(-1)
  if (!first || !last) return []
  const factor = first.to / first.from
  const length = Math.max(1, Math.round(Math.log(last.to / first.from) / Math.log(factor)))
  const together = Math.ceil(length / mostBins)
  const bins = Array.from({ length: Math.ceil(length / together) }, (_, index) => ({
    from: first.from * factor ** (index * together),
    to: first.from * factor ** ((index + 1) * together),
    count: 0,
  }))
  for (const { from, to, count } of sorted) {
    const at = Math.floor(Math.log(Math.sqrt(from * to) / first.from) / Math.log(factor) / together)
    const bin = bins[Math.max(0, Math.min(bins.length - 1, at))]
    if (bin) bin.count += count
  }
  return bins
}

/** What a filter's conditions say that a brush wrote on a field; null when it wrote none. */
export function brushOf(filter: string, field: string): { from: number; to: number } | null {
  const found = brushPattern(field).exec(filter)
  return found ? { from: Number(found[1]), to: Number(found[2]) } : null
}

export function brushedFilter(field: string, { from, to }: { from: number; to: number }): string {
  return `${field} >= ${from} AND ${field} <= ${to}`
}

/** A filter with the brush's conditions in place of those of the last one; null takes them out. */
export function withBrush(filter: string, field: string, conditions: string | null): string {
  const rest = filter
    .replace(brushPattern(field), '')
    .replace(/^\s*AND\s+|\s+AND\s*$/gi, '')
    .replace(/\s+AND\s+AND\s+/gi, ' AND ')
    .trim()
  if (conditions === null) return rest
  if (rest === '') return conditions
  const isJoined = /\bOR\b/i.test(rest) && !/^\(.*\)$/.test(rest)
  return `${isJoined ? `(${rest})` : rest} AND ${conditions}`
}

function brushPattern(field: string): RegExp {
  const name = field.replaceAll('.', '\\.')
  return new RegExp(`${name} >= (\\d+) AND ${name} <= (\\d+)`)
}
