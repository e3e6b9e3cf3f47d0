import type { Metric, RunDataset, RunInfo, RunModels, RunWithInputs } from '@voxtrace/model'
import { z } from 'zod'
import { tagMessages } from './experiments.ts'
import {
  byNameOrNumber,
  double,
  doubleMessage,
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

const runStatus = byNameOrNumber(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'])

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

const optional = optionalText.transform((text) => text ?? '')

const datasetInput = z
  .object({
    tags,
    dataset: z.object({
      name: requiredText.max(500),
      digest: requiredText.max(36),
      source_type: optional,
      source: optional,
      schema: optional,
      profile: optional,
    }),
  })
  .transform(({ tags: given, dataset: { source_type, ...dataset } }): RunDataset => {
    return { ...dataset, sourceType: source_type, tags: given }
  })

const models = z
  .array(z.object({ model_id: requiredText, step: optionalInteger }))
  .nullish()
  .transform((list): RunModels => (list ?? []).map(({ model_id, step = 0 }) => ({ modelId: model_id, step })))

export const logInputs = z.object({
  run_id: requiredText,
  datasets: z
    .array(datasetInput)
    .nullish()
    .transform((list) => list ?? []),
  models,
})
export const logOutputs = z.object({ run_id: requiredText, models })
export const searchUsedDatasets = z.object({ experiment_ids: texts })
export const logModel = z.object({ run_id: requiredText, model_json: requiredText })

/** A metric from MLflow's message. */
export function metricFromMessage(message: z.output<typeof metric>): Metric {
  return { key: message.key, value: message.value, timestampMs: message.timestamp, step: message.step ?? 0 }
}

/** MLflow's Run. */
export function runMessage(run: RunWithInputs) {
  return {
    info: runInfoMessage(run.info),
    data: {
      metrics: run.metrics.map(metricMessage),
      params: tagMessages(run.params),
      tags: tagMessages(run.tags),
    },
    inputs: {
      dataset_inputs: run.datasets.map(datasetInputMessage),
      model_inputs: run.inputModels.map(({ modelId }) => ({ model_id: modelId })),
    },
    outputs: {
      model_outputs: run.outputModels.map(({ modelId, step }) => ({ model_id: modelId, step })),
    },
  }
}

/** MLflow's DatasetInput. */
function datasetInputMessage(dataset: RunDataset) {
  return {
    tags: tagMessages(dataset.tags),
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      ...(dataset.schema === '' ? {} : { schema: dataset.schema }),
      ...(dataset.profile === '' ? {} : { profile: dataset.profile }),
    },
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

/** MLflow's Metric. */
export function metricMessage(metric: Metric) {
  return {
    key: metric.key,
    value: doubleMessage(metric.value),
    timestamp: metric.timestampMs,
    step: metric.step,
  }
}
