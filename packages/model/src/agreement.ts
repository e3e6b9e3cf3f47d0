/** How often one score stood beside another, both on the scale of 1 to 5. */
export interface ScorePair {
  /** The score of the judge, rounded. */
  score: number
  /** The score of a person, rounded. */
  people: number
  count: number
}

/** How far a judge's scores agree with people's. */
export interface Agreement {
  /** How many pairs of scores. */
  count: number
  /** Share of pairs with the same score, 0 to 1. */
  exact: number
  /** Share of pairs that are at most one apart, 0 to 1. */
  withinOne: number
  /** Mean of the judge's score minus the person's: above 0 where the judge is kinder. */
  meanDifference: number
  /**
   * Cohen's kappa with quadratic weights: 1 for scores that are the same, 0 for what chance would give, below 0 for less.
   * Null where chance alone would give the same scores, as when there is but one level.
   */
  kappa: number | null
  /** Each level of the judge, 1 to 5: how often it was given, and the mean of what people gave then; null for never. */
  levels: { level: number; count: number; people: number | null }[]
}

const scale = [1, 2, 3, 4, 5] as const
const widest = (scale.length - 1) ** 2

/**
 * Sums up pairs of scores; null where there are none. The kappa is that of Cohen, "Weighted kappa" (1968), with the weights
 * (i - j)² / (k - 1)² for how much two scores disagree.
 */
export function agreementOf(pairs: readonly ScorePair[]): Agreement | null {
  const count = total(pairs, () => 1)
  if (count === 0) return null
  const share = (weight: (pair: ScorePair) => number) => total(pairs, weight) / count
  const shareOf = (side: 'score' | 'people', level: number) => share((pair) => (pair[side] === level ? 1 : 0))
  const observed = share(({ score, people }) => (score - people) ** 2 / widest)
  let expected = 0
  for (const score of scale) {
    for (const people of scale) {
      expected += (shareOf('score', score) * shareOf('people', people) * (score - people) ** 2) / widest
    }
  }
  return {
    count,
    exact: share(({ score, people }) => (score === people ? 1 : 0)),
    withinOne: share(({ score, people }) => (Math.abs(score - people) <= 1 ? 1 : 0)),
    meanDifference: share(({ score, people }) => score - people),
    kappa: expected === 0 ? null : 1 - observed / expected,
    levels: scale.map((level) => {
      const given = pairs.filter(({ score }) => score === level)
      const times = total(given, () => 1)
      return {
        level,
        count: times,
        people: times === 0 ? null : total(given, ({ people }) => people) / times,
      }
    }),
  }
}

function total(pairs: readonly ScorePair[], weight: (pair: ScorePair) => number): number {
  return pairs.reduce((sum, pair) => sum + pair.count * weight(pair), 0)
}
