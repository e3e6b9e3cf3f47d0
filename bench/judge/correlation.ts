/** Spearman's rank correlation, ties at their mean rank; NaN where one side does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  return pearson(ranks(a), ranks(b))
}

/** Kendall's tau-b; NaN where one side does not vary. */
export function kendall(a: readonly number[], b: readonly number[]): number {
  let [agreeing, tiedA, tiedB, pairs] = [0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [left, right] = [Math.sign((a[i] ?? 0) - (a[j] ?? 0)), Math.sign((b[i] ?? 0) - (b[j] ?? 0))]
      agreeing += left * right
      if (left === 0) tiedA++
      if (right === 0) tiedB++
      pairs++
    }
  }
  return agreeing / Math.sqrt((pairs - tiedA) * (pairs - tiedB))
}

export interface Point {
  group: string
  score: number
  rating: number
}

/** The mean of the correlation within each group; groups in which one side does not vary are left out. */
export function meanWithinGroups(
  points: readonly Point[],
  correlation: (a: readonly number[], b: readonly number[]) => number,
): number {
  const found = [...Map.groupBy(points, (point) => point.group).values()]
    .map((group) =>
      correlation(
        group.map((point) => point.score),
        group.map((point) => point.rating),
      ),
    )
    .filter((value) => Number.isFinite(value))
  return mean(found)
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)]
  let [together, alone, other] = [0, 0, 0]
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, (b[i] ?? 0) - meanB]
    together += x * y
    alone += x * x
    other += y * y
  })
  return together / Math.sqrt(alone * other)
}

function ranks(values: readonly number[]): number[] {
  const sorted = values.map((value, place) => ({ value, place })).sort((a, b) => a.value - b.value)
  const found = new Array<number>(values.length).fill(0)
  for (let from = 0; from < sorted.length; ) {
    let to = from
    while (to < sorted.length && sorted[to]?.value === sorted[from]?.value) to++
    for (const { place } of sorted.slice(from, to)) found[place] = (from + to - 1) / 2
    from = to
  }
  return found
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
