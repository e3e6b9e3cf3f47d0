import type { LoggedModel } from '@voxtrace/model'
import { z } from 'zod'
import { tagMessages } from './experiments.ts'
import {
  boolean,
  byNameOrNumber,
  maxResults,
  optionalText,
  requiredText,
  requiredTexts,
  tags,
} from './request.ts'

const text = optionalText.transform((value) => value ?? '')

export const createLoggedModel = z.object({
  experiment_id: requiredText,
  name: text,
  model_type: text,
  source_run_id: text,
  params: tags,
  tags,
})
export const getLoggedModel = z.object({ allow_deleted: boolean })
export const finalizeLoggedModel = z.object({
  status: byNameOrNumber(['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED']),
})
export const loggedModelParams = z.object({ params: tags })
export const loggedModelTags = z.object({ tags })
export const searchLoggedModels = z.object({
  experiment_ids: requiredTexts,
  filter: optionalText,
  max_results: maxResults(100, 1000),
  order_by: z
    .array(z.object({ field_name: requiredText, ascending: z.boolean().nullish() }))
    .nullish()
    .transform((terms) =>
      (terms ?? []).map((term) => `${term.field_name} ${term.ascending === false ? 'DESC' : 'ASC'}`),
    ),
  page_token: optionalText,
})
export const loggedModelFiles = z.object({ artifact_directory_path: optionalText })
export const loggedModelFile = z.object({ artifact_file_path: requiredText })

/** MLflow's LoggedModel. */
export function loggedModelMessage(model: LoggedModel) {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.creationTimeMs,
      last_updated_timestamp_ms: model.lastUpdateTimeMs,
      artifact_uri: model.artifactUri,
      status: model.status,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: tagMessages(model.tags),
    },
    data: { params: tagMessages(model.params), metrics: [] },
  }
}
