import { queryOptions } from '@tanstack/react-query'
import type { Dashboard, DashboardFigures, DashboardMetric, DashboardSeries } from '@voxtrace/protocol'
import * as z from 'zod/mini'
import { getJson } from './request.ts'

export interface DashboardQuery {
  experimentId: string
  metrics: readonly DashboardMetric[]
  fromMs: number
  toMs: number
  stepMs: number
  /** `model`, `name` or `tag:KEY`. */
  groupBy?: string
}

const figure = z.nullable(z.number())
const figures = {
  count: z.number(),
  sum: z.number(),
  mean: figure,
  p50: figure,
  p90: figure,
  p95: figure,
  p99: figure,
}
const total: z.ZodMiniType<DashboardFigures> = z.object(figures)

const series: z.ZodMiniType<DashboardSeries> = z.object({
  // The metrics that were asked for come back.
  metric: z.custom<DashboardMetric>((value) => typeof value === 'string'),
  group: z.nullable(z.string()),
  total,
  points: z.array(z.object({ ...figures, startMs: z.number() })),
  histogram: z.array(z.object({ from: z.number(), to: z.number(), count: z.number() })),
})

const dashboard: z.ZodMiniType<Dashboard> = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  stepMs: z.number(),
  series: z.array(series),
})

/** Figures of an experiment over time. */
export const dashboardQuery = (query: DashboardQuery) =>
  queryOptions({
    queryKey: ['dashboard', query],
    queryFn: ({ signal }) => {
      const parameters = new URLSearchParams({
        experiment_id: query.experimentId,
        from_ms: String(query.fromMs),
        to_ms: String(query.toMs),
        step_ms: String(query.stepMs),
      })
      for (const metric of query.metrics) parameters.append('metric', metric)
      if (query.groupBy !== undefined) parameters.set('group_by', query.groupBy)
      return getJson(`/api/voxtrace/dashboard?${parameters}`, dashboard, signal)
    },
    staleTime: 30_000,
    structuralSharing: false,
  })
