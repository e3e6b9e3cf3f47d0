import type { DashboardFigures, DashboardSeries } from '@voxtrace/protocol'

/**
 * Histograms whose ranges grow by a constant factor, so that they can be added and any quantile is within 2 % of the
 * exact one (Masson, Rim and Lee, "DDSketch", VLDB 2019). A positive value v falls into bucket `offset + ceil(log(v))`
 * to the base `growth`, a negative one into the mirrored bucket, and 0 into bucket 0.
 */
const growth = 1.02 / 0.98

/** Puts every bucket of a positive double above 0. */
const offset = 100_000

const logOfGrowth = Math.log(growth)

/** The bucket of a value. */
export function bucketOf(value: number): number {
  if (value === 0) return 0
  return Math.sign(value) * (offset + Math.ceil(Math.log(Math.abs(value)) / logOfGrowth))
}

/** Counts by bucket. */
export type Buckets = Map<number, number>

export function addBuckets(into: Buckets, from: Buckets): void {
  for (const [bucket, count] of from) into.set(bucket, (into.get(bucket) ?? 0) + count)
}

/** The figures of values, or, of what is only counted, the count alone. */
export function figuresOf(buckets: Buckets, sum: number, countedOnly: boolean): DashboardFigures {
  const sorted = [...buckets].sort(([a], [b]) => a - b)
  const count = sorted.reduce((total, [, each]) => total + each, 0)
  if (countedOnly || count === 0) {
    return { count, sum: countedOnly ? count : 0, mean: null, p50: null, p90: null, p95: null, p99: null }
  }
  const at = (share: number) => quantile(sorted, count, share)
  return { count, sum, mean: sum / count, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) }
}

export function histogramOf(buckets: Buckets): DashboardSeries['histogram'] {
  return [...buckets].sort(([a], [b]) => a - b).map(([bucket, count]) => ({ ...rangeOf(bucket), count }))
}

function quantile(sorted: [number, number][], count: number, share: number): number {
  let passed = 0
  for (const [bucket, each] of sorted) {
    passed += each
    if (passed > share * (count - 1)) return middleOf(bucket)
  }
  return middleOf(sorted.at(-1)?.[0] ?? 0)
}

/** The value whose distance to both ends of the range is the same part of them. */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0
  const middle = (2 * growth ** (Math.abs(bucket) - offset)) / (growth + 1)
  return rounded(Math.sign(bucket) * middle)
}

function rangeOf(bucket: number): { from: number; to: number } {
  if (bucket === 0) return { from: 0, to: 0 }
  const far = rounded(growth ** (Math.abs(bucket) - offset))
  const near = rounded(growth ** (Math.abs(bucket) - offset - 1))
  return bucket > 0 ? { from: near, to: far } : { from: -far, to: -near }
}

function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
