import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { runIdOf } from './runs.ts'

const mostRuns = 100

export function metricRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  app.get(`${base}/metrics/get-history`, async (request) => {
    const query = mlflow.readRequest(mlflow.metricHistory, request.query)
    const runId = runIdOf(query)
    const page = await store.metrics.historyPage({
      runIds: [runId],
      key: query.metric_key,
      maxResults: query.max_results,
      pageToken: query.page_token ?? null,
    })
    return {
      metrics: page.items.map(mlflow.metricMessage),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  app.get(`${base}/metrics/get-history-bulk`, async (request) => {
    const query = mlflow.readRequest(mlflow.metricHistoryBulk, request.query)
    checkRuns(query.run_id)
    const page = await store.metrics.historyPage({
      runIds: query.run_id,
      key: query.metric_key,
      maxResults: query.max_results,
    })
    return {
      metrics: page.items.map((metric) => ({ ...mlflow.metricMessage(metric), run_id: metric.runId })),
    }
  })

  app.get(`${base}/metrics/get-history-bulk-interval`, async (request) => {
    const query = mlflow.readRequest(mlflow.metricHistoryBulkInterval, request.query)
    checkRuns(query.run_ids)
    if ((query.start_step === undefined) !== (query.end_step === undefined)) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        'If either start step or end step are specified, both must be specified.',
      )
    }
    if (query.start_step !== undefined && query.end_step !== undefined && query.start_step > query.end_step) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `end_step must be greater than start_step. Found start_step=${query.start_step} and end_step=${query.end_step}.`,
      )
    }
    const metrics = await store.metrics.historyInterval({
      runIds: query.run_ids,
      key: query.metric_key,
      startStep: query.start_step ?? null,
      endStep: query.end_step ?? null,
      maxResults: query.max_results,
    })
    return { metrics: metrics.map((metric) => ({ ...mlflow.metricMessage(metric), run_id: metric.runId })) }
  })
}

function checkRuns(runIds: string[]): void {
  if (runIds.length === 0) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      'GetMetricHistoryBulk request must specify at least one run_id.',
    )
  }
  if (runIds.length > mostRuns) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `GetMetricHistoryBulk request cannot specify more than ${mostRuns} run_ids. Received ${runIds.length} run_ids.`,
    )
  }
}
