import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreementOf, type ScorePair } from './agreement.ts'

const level = fc.integer({ min: 1, max: 5 })
const pair: fc.Arbitrary<ScorePair> = fc.record({
  score: level,
  people: level,
  count: fc.integer({ min: 1, max: 50 }),
})
const pairs = fc.array(pair, { minLength: 1, maxLength: 25 })

describe('agreement of a judge with people', () => {
  it('is nothing without a pair of scores', () => {
    expect(agreementOf([])).toBeNull()
  })

  it('tells how often scores are the same or one apart, and which side is kinder', () => {
    const found = agreementOf([
      { score: 5, people: 5, count: 2 },
      { score: 4, people: 3, count: 1 },
      { score: 5, people: 1, count: 1 },
    ])
    expect(found).toMatchObject({ count: 4, exact: 0.5, withinOne: 0.75, meanDifference: 1.25 })
  })

  it('tells what people gave where the judge gave a level', () => {
    const found = agreementOf([
      { score: 4, people: 4, count: 1 },
      { score: 4, people: 2, count: 3 },
    ])
    expect(found?.levels[3]).toEqual({ level: 4, count: 4, people: 2.5 })
    expect(found?.levels[4]).toEqual({ level: 5, count: 0, people: null })
  })

  it("has Cohen's kappa with quadratic weights", () => {
    // Worked by hand: observed disagreement 1/16 · 2/10, expected 1/16 · (0.4 · 0.6 + 0.6 · 0.4).
    const found = agreementOf([
      { score: 1, people: 1, count: 3 },
      { score: 2, people: 2, count: 5 },
      { score: 1, people: 2, count: 1 },
      { score: 2, people: 1, count: 1 },
    ])
    expect(found?.kappa).toBeCloseTo(1 - 0.2 / 0.48, 10)
  })

  it('has no kappa where both sides know but one level', () => {
    expect(agreementOf([{ score: 4, people: 4, count: 9 }])?.kappa).toBeNull()
  })

  it('is whole for scores that are the same, and never more', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const found = agreementOf(list)
        expect(found?.kappa ?? 0).toBeLessThanOrEqual(1)
        const same = agreementOf(list.map((each) => ({ ...each, people: each.score })))
        expect(same).toMatchObject({ exact: 1, withinOne: 1, meanDifference: 0 })
        expect(same?.kappa ?? 1).toBeCloseTo(1, 10)
      }),
    )
  })

  it('is the same from either side, but for which is kinder', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const found = agreementOf(list)
        const turned = agreementOf(
          list.map(({ score, people, count }) => ({ score: people, people: score, count })),
        )
        expect(turned?.kappa ?? 0).toBeCloseTo(found?.kappa ?? 0, 10)
        expect(turned?.meanDifference).toBeCloseTo(-(found?.meanDifference ?? 0), 10)
      }),
    )
  })
})
