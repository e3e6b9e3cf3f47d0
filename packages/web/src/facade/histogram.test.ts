import { describe, expect, test } from 'vitest'
import { binsOf, brushedFilter, brushOf, withBrush } from './histogram.ts'

const field = 'turn.voice_to_voice_ms'

describe('the bars of a histogram', () => {
  test('have their places also where nothing lies between', () => {
    const bins = binsOf([
      { from: 100, to: 110, count: 4 },
      { from: 121, to: 133.1, count: 2 },
    ])
    expect(bins.map(({ count }) => count)).toEqual([4, 0, 2])
    expect(bins.map(({ from }) => Math.round(from))).toEqual([100, 110, 121])
  })

  test('stand in order, in whatever order they come', () => {
    const bins = binsOf([
      { from: 121, to: 133.1, count: 2 },
      { from: 100, to: 110, count: 4 },
    ])
    expect(bins.map(({ count }) => count)).toEqual([4, 0, 2])
  })

  test('are not more than can be told apart', () => {
    const many = Array.from({ length: 300 }, (_, at) => ({
      from: 10 * 1.04 ** at,
      to: 10 * 1.04 ** (at + 1),
      count: 1,
    }))
    const bins = binsOf(many)
    expect(bins.length).toBeLessThanOrEqual(64)
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(300)
    expect(binsOf([])).toEqual([])
  })
})

describe('a brush', () => {
  const brushed = brushedFilter(field, { from: 800, to: 1200 })

  test('joins a filter, is read from it, is replaced, and goes', () => {
    const joined = withBrush("status = 'OK'", field, brushed)
    expect(brushOf(joined, field)).toEqual({ from: 800, to: 1200 })
    const moved = withBrush(joined, field, brushedFilter(field, { from: 900, to: 1000 }))
    expect(moved).toBe(`status = 'OK' AND ${field} >= 900 AND ${field} <= 1000`)
    expect(withBrush(moved, field, null)).toBe("status = 'OK'")
    expect(withBrush(brushed, field, null)).toBe('')
  })

  test('does not change what OR means', () => {
    expect(withBrush('a = 1 OR b = 2', field, brushed)).toBe(`(a = 1 OR b = 2) AND ${brushed}`)
  })
})
