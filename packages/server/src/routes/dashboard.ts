import { dashboardMetrics, mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

const weekMs = 7 * 24 * 3_600_000
const metric = z.enum(dashboardMetrics)
/** The last millisecond that a time in nanoseconds reaches. */
const timeMs = z.coerce.number().int().min(0).max(9_223_372_036_854)

const query = z.object({
  experiment_id: z.string().min(1),
  metric: z.union([metric.transform((one) => [one]), z.array(metric).min(1).max(dashboardMetrics.length)]),
  from_ms: timeMs.optional(),
  to_ms: timeMs.optional(),
  step_ms: z.coerce.number().int().min(1).max(9_223_372_036_854).default(3_600_000),
  group_by: z
    .string()
    .regex(/^(model|name|tag:.{1,60})$/s, 'It must be model, name or tag:KEY')
    .optional(),
})

const agreementQuery = z.object({
  experiment_id: z.string().min(1),
  from_ms: timeMs.optional(),
  to_ms: timeMs.optional(),
})

/** Figures over time, and judges beside people; docs/reference/dashboards-api.md. */
export function dashboardRoutes(app: FastifyInstance, { store }: { store: Store }): void {
  app.get('/api/voxtrace/dashboard', async (request) => {
    const given = mlflow.readRequest(query, request.query)
    const toMs = given.to_ms ?? Date.now()
    return store.dashboards.read({
      experimentId: given.experiment_id,
      metrics: [...new Set(given.metric)],
      fromMs: given.from_ms ?? Math.max(0, toMs - weekMs),
      toMs,
      stepMs: given.step_ms,
      ...(given.group_by === undefined ? {} : { groupBy: given.group_by }),
    })
  })

  app.get('/api/voxtrace/agreement', async (request) => {
    const given = mlflow.readRequest(agreementQuery, request.query)
    const toMs = given.to_ms ?? Date.now()
    const fromMs = given.from_ms ?? Math.max(0, toMs - weekMs)
    return {
      agreements: await store.agreements.list({ experimentId: given.experiment_id, fromMs, toMs }),
    }
  })
}
