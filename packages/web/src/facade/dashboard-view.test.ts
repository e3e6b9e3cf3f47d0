import type { Dashboard, DashboardFigures } from '@voxtrace/protocol'
import { describe, expect, test } from 'vitest'
import {
  axisTop,
  changeOf,
  dashboardRanges,
  groupsOf,
  scoreSpread,
  seriesOf,
  stretchOf,
  tokensPerSecond,
} from './dashboard-view.ts'

const hour = 3_600_000
const figures = (count: number, change: Partial<DashboardFigures> = {}): DashboardFigures => ({
  count,
  sum: 0,
  mean: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  ...change,
})

const dashboard: Dashboard = {
  fromMs: 10 * hour,
  toMs: 13 * hour,
  stepMs: hour,
  series: [
    {
      metric: 'turns',
      group: null,
      total: figures(5),
      points: [
        { ...figures(2), startMs: 10 * hour },
        { ...figures(3), startMs: 12 * hour },
      ],
      histogram: [],
    },
    { metric: 'turns', group: 'v1', total: figures(1), points: [], histogram: [] },
    { metric: 'turns', group: 'v2', total: figures(4), points: [], histogram: [] },
  ],
}

describe('a dashboard', () => {
  test('has a place for every step, also where nothing was', () => {
    expect(seriesOf(dashboard, 'turns').steps.map((step) => step?.count ?? null)).toEqual([2, null, 3])
    expect(seriesOf(dashboard, 'spans').total.count).toBe(0)
  })

  test('lists groups by how much they have', () => {
    expect(groupsOf(dashboard, 'turns')).toEqual(['v2', 'v1'])
  })

  test('ends with the hour that runs', () => {
    expect(stretchOf(dashboardRanges[0], 100 * hour + 1)).toEqual({
      fromMs: 77 * hour,
      toMs: 101 * hour,
      stepMs: hour,
    })
  })
})

test('figures that are not known change by nothing', () => {
  expect(changeOf(120, 100)).toBeCloseTo(0.2)
  expect(changeOf(120, null)).toBeNull()
  expect(changeOf(120, 0)).toBeNull()
  expect(tokensPerSecond(figures(1, { sum: 50 }), figures(1, { sum: 2000 }))).toBe(25)
  expect(tokensPerSecond(figures(1, { sum: 50 }), figures(0))).toBeNull()
})

test('scores spread over five levels', () => {
  expect(
    scoreSpread([
      { from: 0.98, to: 1.02, count: 2 },
      { from: 4.4, to: 4.6, count: 1 },
      { from: 4.9, to: 5.1, count: 3 },
    ]),
  ).toEqual([2, 0, 0, 0, 4])
})

test('the top of an axis is round', () => {
  expect([0, 7, 1180, 2394, 0.031].map(axisTop)).toEqual([1, 8, 1500, 3000, 0.04])
})
