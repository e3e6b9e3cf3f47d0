import type { DashboardFigures, DashboardSeries } from '@voxtrace/protocol'

/**
 * Histograms whose ranges grow by a constant factor, so that they can be added (Masson, Rim and Lee, "DDSketch", VLDB
 * 2019). A positive value v falls into bucket `offset + ceil(log(v))` to the base `growth`, a negative one into the mirrored
 * bucket, and 0 into bucket 0. Each bucket keeps the sum of its values, so that a quantile is exact where a bucket holds
 * one value, and else the mean of values that differ by 4 % at most.
 */
const growth = 1.02 / 0.98

/** Puts every bucket of a positive double above 0. */
const offset = 100_000

/** Scores in whole tenths have a bucket each, from here on. */
const scoreOffset = 1_000_000_000
const mostTenths = 10_000

const logOfGrowth = Math.log(growth)

/** The bucket of a value. */
export function bucketOf(value: number): number {
  if (value === 0) return 0
  return Math.sign(value) * (offset + Math.ceil(Math.log(Math.abs(value)) / logOfGrowth))
}

/** The bucket of a score, which holds no others as far as scores are written in tenths. */
export function bucketOfScore(score: number): number {
  const tenths = Math.round(score * 10)
  const isOfTenths = Math.abs(tenths - score * 10) < 1e-6 && tenths > 0 && tenths <= mostTenths
  return isOfTenths ? scoreOffset + tenths : bucketOf(score)
}

interface Bucket {
  count: number
  sum: number
}

/** What each bucket holds. */
export type Buckets = Map<number, Bucket>

export function addBuckets(into: Buckets, from: Buckets): void {
  for (const [bucket, { count, sum }] of from) {
    const there = into.get(bucket)
    into.set(bucket, { count: (there?.count ?? 0) + count, sum: (there?.sum ?? 0) + sum })
  }
}

/** The figures of values, or, of what is only counted, the count alone. */
export function figuresOf(buckets: Buckets, sum: number, countedOnly: boolean): DashboardFigures {
  const count = [...buckets.values()].reduce((total, each) => total + each.count, 0)
  if (countedOnly || count === 0) {
    return { count, sum: countedOnly ? count : 0, mean: null, p50: null, p90: null, p95: null, p99: null }
  }
  const sorted = [...buckets]
    .map(([bucket, held]) => ({ value: meanOf(bucket, held), count: held.count }))
    .sort((a, b) => a.value - b.value)
  const at = (share: number) => quantile(sorted, count, share)
  return { count, sum, mean: sum / count, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) }
}

export function histogramOf(buckets: Buckets): DashboardSeries['histogram'] {
  return [...buckets]
    .map(([bucket, { count }]) => ({ ...rangeOf(bucket), count }))
    .sort((a, b) => a.from - b.from)
}

/** By nearest rank, so that the 99th percentile of few values is the greatest of them. */
function quantile(sorted: { value: number; count: number }[], count: number, share: number): number {
  let passed = 0
  for (const { value, count: each } of sorted) {
    passed += each
    if (passed >= share * count) return value
  }
  return sorted.at(-1)?.value ?? 0
}

/** The mean of what a bucket holds; sums that were corrected often may have drifted out of its range. */
function meanOf(bucket: number, { count, sum }: Bucket): number {
  const { from, to } = rangeOf(bucket)
  return Math.min(to, Math.max(from, rounded(sum / count)))
}

function rangeOf(bucket: number): { from: number; to: number } {
  if (bucket === 0) return { from: 0, to: 0 }
  if (bucket > scoreOffset) return { from: (bucket - scoreOffset) / 10, to: (bucket - scoreOffset) / 10 }
  const far = rounded(growth ** (Math.abs(bucket) - offset))
  const near = rounded(growth ** (Math.abs(bucket) - offset - 1))
  return bucket > 0 ? { from: near, to: far } : { from: -far, to: -near }
}

function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
