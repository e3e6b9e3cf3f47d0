import type { Metric, Run, RunInfo } from '@voxtrace/model'
import { z } from 'zod'
import { tagMessages } from './experiments.ts'
import {
  double,
  integer,
  keyValue,
  maxResults,
  optionalInteger,
  optionalText,
  requiredText,
  tags,
  texts,
  viewType,
} from './request.ts'

/** MLflow's clients of before 1.0 say run_uuid. */
const runReference = { run_id: optionalText, run_uuid: optionalText }

export const runStatus = z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'])

export const createRun = z.object({
  experiment_id: optionalText,
  user_id: optionalText,
  run_name: optionalText,
  start_time: optionalInteger,
  tags,
})
export const runById = z.object(runReference)
export const updateRun = z.object({
  ...runReference,
  status: runStatus.nullish().transform((status) => status ?? undefined),
  end_time: optionalInteger,
  run_name: optionalText,
})
export const searchRuns = z.object({
  experiment_ids: texts,
  filter: optionalText,
  run_view_type: viewType,
  max_results: maxResults(1000, 50_000),
  order_by: texts,
  page_token: optionalText,
})

const metric = z.object({ key: requiredText, value: double, timestamp: integer, step: optionalInteger })

export const logMetric = z.object({ ...runReference, ...metric.shape })
export const logParam = z.object({ ...runReference, ...keyValue.shape })
export const deleteRunTag = z.object({ run_id: requiredText, key: requiredText })
export const logBatch = z.object({
  run_id: optionalText,
  metrics: z
    .array(metric)
    .nullish()
    .transform((list) => list ?? []),
  params: z
    .array(keyValue)
    .nullish()
    .transform((list) => list ?? []),
  tags: z
    .array(keyValue)
    .nullish()
    .transform((list) => list ?? []),
})

/** A metric from MLflow's message. */
export function metricFromMessage(message: z.output<typeof metric>): Metric {
  return { key: message.key, value: message.value, timestampMs: message.timestamp, step: message.step ?? 0 }
}

/** MLflow's Run. */
export function runMessage(run: Run) {
  return {
    info: runInfoMessage(run.info),
    data: {
      metrics: run.metrics.map(metricMessage),
      params: tagMessages(run.params),
      tags: tagMessages(run.tags),
    },
    inputs: {},
    outputs: {},
  }
}

/** MLflow's RunInfo. */
export function runInfoMessage(info: RunInfo) {
  return {
    run_uuid: info.runId,
    run_id: info.runId,
    run_name: info.runName,
    experiment_id: info.experimentId,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTimeMs,
    ...(info.endTimeMs === null ? {} : { end_time: info.endTimeMs }),
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycleStage,
  }
}

/** MLflow's Metric; what is not finite is text, for JSON has no NaN. */
export function metricMessage(metric: Metric) {
  return {
    key: metric.key,
    value: Number.isFinite(metric.value) ? metric.value : String(metric.value),
    timestamp: metric.timestampMs,
    step: metric.step,
  }
}
