import type { Experiment } from '@voxtrace/model'
import { z } from 'zod'
import { maxResults, optionalText, requiredText, tags, texts, viewType } from './request.ts'

export const createExperiment = z.object({ name: requiredText, artifact_location: optionalText, tags })
export const experimentById = z.object({ experiment_id: requiredText })
export const experimentByName = z.object({ experiment_name: requiredText })
export const updateExperiment = z.object({ experiment_id: requiredText, new_name: requiredText })
export const searchExperiments = z.object({
  max_results: maxResults(1000, 50_000),
  page_token: optionalText,
  filter: optionalText,
  order_by: texts,
  view_type: viewType,
})
export const setExperimentTag = z.object({
  experiment_id: requiredText,
  key: requiredText,
  value: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
})
export const deleteExperimentTag = z.object({ experiment_id: requiredText, key: requiredText })

/** MLflow's Experiment. */
export function experimentMessage(experiment: Experiment) {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycleStage,
    creation_time: experiment.creationTimeMs,
    last_update_time: experiment.lastUpdateTimeMs,
    tags: tagMessages(experiment.tags),
  }
}

/** Tags as MLflow lists them. */
export function tagMessages(record: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }))
}
