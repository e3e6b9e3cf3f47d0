/** Sound is compared at 8 kHz, which tells lags by an eighth of a millisecond. */
const DECIMATION = 6
const RATE_PER_MS = 8

/**
 * By how many milliseconds `sought` comes later in `track` than `expectedMs` after the track's beginning, and how alike the two are there
 * (1: the same, however loud). Both are of 48 kHz. Only lags of at most `mostMs` either way are tried.
 */
export function lagIn(
  track: Int16Array,
  sought: Int16Array,
  expectedMs: number,
  mostMs: number,
): { lagMs: number; likeness: number } {
  const where = decimated(track)
  const what = decimated(sought)
  const energy = Math.sqrt(what.reduce((sum, sample) => sum + sample * sample, 0))
  let best = { lagMs: 0, likeness: Number.NEGATIVE_INFINITY }
  for (let lag = -mostMs * RATE_PER_MS; lag <= mostMs * RATE_PER_MS; lag++) {
    const from = Math.round(expectedMs * RATE_PER_MS) + lag
    if (from < 0 || from + what.length > where.length) continue
    let product = 0
    let own = 0
    for (let i = 0; i < what.length; i++) {
      const sample = where[from + i] ?? 0
      product += sample * (what[i] ?? 0)
      own += sample * sample
    }
    const likeness = own === 0 ? 0 : product / (energy * Math.sqrt(own))
    if (likeness > best.likeness) best = { lagMs: from / RATE_PER_MS - expectedMs, likeness }
  }
  return best
}

/** Means of every six samples. */
function decimated(samples: Int16Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / DECIMATION) }, (_, i) => {
    let sum = 0
    for (let k = 0; k < DECIMATION; k++) sum += samples[i * DECIMATION + k] ?? 0
    return sum / DECIMATION
  })
}

/** The slope of points by Theil and Sen, the median of the slopes between any two: few that lie off do not move it. */
export function slopeOf(points: readonly { x: number; y: number }[]): number {
  const slopes = points.flatMap((one, i) =>
    points
      .slice(i + 1)
      .flatMap((other) => (other.x === one.x ? [] : [(other.y - one.y) / (other.x - one.x)])),
  )
  return quantile(slopes, 0.5)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
}
