import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { jsonOf } from '../../bodies.ts'

/** Figures over many traces: MLflow's trace metrics, and how two filters go together. */
export function traceAnalysisRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  app.post(`${base}/traces/metrics`, async (request) => {
    const query = mlflow.readRequest(mlflow.queryTraceMetrics, jsonOf(request))
    const points = await store.traceMetrics.query({
      experimentIds: query.experiment_ids,
      view: query.view_type,
      metric: query.metric_name,
      aggregations: query.aggregations,
      dimensions: query.dimensions,
      filters: query.filters.map(mlflow.parseMetricFilter),
      intervalSeconds: query.time_interval_seconds ?? null,
      startTimeMs: query.start_time_ms ?? null,
      endTimeMs: query.end_time_ms ?? null,
      maxResults: query.max_results,
    })
    return { data_points: points.map((point) => mlflow.metricPointMessage(query.metric_name, point)) }
  })

  app.post(`${base}/traces/calculate-filter-correlation`, async (request) => {
    const query = mlflow.readRequest(mlflow.filterCorrelation, jsonOf(request))
    const correlation = await store.traceMetrics.correlate({
      experimentIds: query.experiment_ids,
      first: query.filter_string1,
      second: query.filter_string2,
      base: query.base_filter ?? '',
    })
    return {
      // Absent when one of the filters never holds.
      ...(Number.isNaN(correlation.npmi)
        ? {}
        : { npmi: correlation.npmi, npmi_smoothed: correlation.npmiSmoothed }),
      filter1_count: correlation.first,
      filter2_count: correlation.second,
      joint_count: correlation.both,
      total_count: correlation.total,
    }
  })
}
