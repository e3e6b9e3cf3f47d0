import type { Dashboard, DashboardFigures, DashboardMetric, DashboardSeries } from '@voxtrace/protocol'

/** The stretches of time that a dashboard offers, with the steps of their charts. */
export const dashboardRanges = [
  { name: '24h', label: '24 h', hours: 24, stepHours: 1, before: 'the day before' },
  { name: '7d', label: '7 d', hours: 7 * 24, stepHours: 6, before: 'the week before' },
  { name: '30d', label: '30 d', hours: 30 * 24, stepHours: 24, before: 'the 30 days before' },
  { name: '90d', label: '90 d', hours: 90 * 24, stepHours: 72, before: 'the 90 days before' },
] as const

export type DashboardRange = (typeof dashboardRanges)[number]

const hourMs = 3_600_000

/** The stretch that ends with the running hour. */
export function stretchOf({ hours, stepHours }: DashboardRange, nowMs: number) {
  const toMs = Math.ceil((nowMs + 1) / hourMs) * hourMs
  return { fromMs: toMs - hours * hourMs, toMs, stepMs: stepHours * hourMs }
}

/** One metric of a dashboard, a figure for every step of its time axis. */
export interface StepSeries {
  total: DashboardFigures
  /** In the order of the steps; null where there was nothing. */
  steps: (DashboardFigures | null)[]
  histogram: DashboardSeries['histogram']
}

/** The beginnings of the steps of a dashboard, in milliseconds since the epoch. */
export function stepStarts({ fromMs, toMs, stepMs }: Dashboard): number[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs)
}

/** The series of a metric, of one group or of all; empty where the answer has none. */
export function seriesOf(
  dashboard: Dashboard,
  metric: DashboardMetric,
  group: string | null = null,
): StepSeries {
  const found = dashboard.series.find((series) => series.metric === metric && series.group === group)
  const byStart = new Map(found?.points.map((point) => [point.startMs, point]))
  return {
    total: found?.total ?? nothing,
    steps: stepStarts(dashboard).map((startMs) => byStart.get(startMs) ?? null),
    histogram: found?.histogram ?? [],
  }
}

const nothing: DashboardFigures = {
  count: 0,
  sum: 0,
  mean: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
}

/** The groups of an answer with `group_by`, those with most first. */
export function groupsOf(dashboard: Dashboard, metric: DashboardMetric): string[] {
  return dashboard.series
    .filter((series) => series.metric === metric && series.group !== null)
    .toSorted((a, b) => b.total.count - a.total.count)
    .flatMap(({ group }) => (group === null ? [] : [group]))
}

/** A part of a whole, in hundredths; null of nothing. */
export function percentOf(part: number, whole: number): number | null {
  return whole > 0 ? (100 * part) / whole : null
}

/** How much a figure changed, as a share of what it was; null where either is not known. */
export function changeOf(now: number | null, before: number | null | undefined): number | null {
  if (now === null || before == null || before === 0) return null
  return (now - before) / before
}

/** Tokens that models wrote a second while they worked. */
export function tokensPerSecond(
  tokens: DashboardFigures | null,
  work: DashboardFigures | null,
): number | null {
  return tokens && work && work.sum > 0 ? tokens.sum / (work.sum / 1000) : null
}

/** How many values lie at each score from 1 to 5, of a histogram of scores. */
export function scoreSpread(histogram: StepSeries['histogram']): number[] {
  const counts = [0, 0, 0, 0, 0]
  for (const { from, to, count } of histogram) {
    const score = Math.min(5, Math.max(1, Math.round((from + to) / 2)))
    counts[score - 1] = (counts[score - 1] ?? 0) + count
  }
  return counts
}

/** A round number at or above a value, for the top of an axis. */
export function axisTop(highest: number): number {
  if (!(highest > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(highest))
  return power * ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= highest) ?? 10)
}
