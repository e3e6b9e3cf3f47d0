import type { ModelStage, ModelVersion, RegisteredModel } from '@voxtrace/model'
import { z } from 'zod'
import { tagMessages } from './experiments.ts'
import { boolean, maxResults, optionalText, requiredText, tags, texts } from './request.ts'

const text = optionalText.transform((value) => value ?? '')

/** Stages as MLflow reads them, in any case. */
const stage = z.string().transform((given, context): ModelStage => {
  const known = stages.find((name) => name.toLowerCase() === given.toLowerCase())
  if (known !== undefined) return known
  context.addIssue({ code: 'custom', message: `Value must be one of ${stages.join(', ')}.` })
  return z.NEVER
})
const stages: ModelStage[] = ['None', 'Staging', 'Production', 'Archived']

/** Clients send versions as text. */
const version = z.union([z.string(), z.int()]).transform((given, context) => {
  const number = Number(given)
  if (/^\d{1,9}$/.test(String(given))) return number
  context.addIssue({ code: 'custom', message: 'It must be an integer' })
  return z.NEVER
})

const value = z
  .string()
  .nullish()
  .transform((given) => given ?? '')

export const createRegisteredModel = z.object({ name: requiredText, description: text, tags })
export const registeredModel = z.object({ name: requiredText })
export const updateRegisteredModel = z.object({ name: requiredText, description: text })
export const renameRegisteredModel = z.object({ name: requiredText, new_name: requiredText })
export const searchRegisteredModels = z.object({
  filter: optionalText,
  max_results: maxResults(100, 1000),
  order_by: texts,
  page_token: optionalText,
})
export const registeredModelTag = z.object({ name: requiredText, key: requiredText, value })
export const registeredModelAlias = z.object({ name: requiredText, alias: requiredText })
export const setRegisteredModelAlias = z.object({ ...registeredModelAlias.shape, version })
export const latestVersions = z.object({
  name: requiredText,
  stages: z
    .union([stage.transform((one) => [one]), z.array(stage)])
    .nullish()
    .transform((given) => (given == null || given.length === 0 ? stages : given)),
})
export const createModelVersion = z.object({
  name: requiredText,
  source: requiredText,
  run_id: text,
  run_link: text,
  model_id: text,
  description: text,
  tags,
})
export const modelVersion = z.object({ name: requiredText, version })
export const updateModelVersion = z.object({ ...modelVersion.shape, description: text })
export const modelVersionTag = z.object({ ...modelVersion.shape, key: requiredText, value })
export const transitionModelVersion = z.object({
  ...modelVersion.shape,
  stage,
  archive_existing_versions: boolean,
})
export const searchModelVersions = z.object({
  filter: optionalText,
  max_results: maxResults(10_000, 200_000),
  order_by: texts,
  page_token: optionalText,
})

/** MLflow's RegisteredModel. */
export function registeredModelMessage(model: RegisteredModel) {
  return {
    name: model.name,
    creation_timestamp: model.creationTimeMs,
    last_updated_timestamp: model.lastUpdateTimeMs,
    description: model.description,
    latest_versions: model.latestVersions.map(modelVersionMessage),
    tags: tagMessages(model.tags),
    aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version: String(version) })),
  }
}

/** MLflow's ModelVersion. */
export function modelVersionMessage(version: ModelVersion) {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.creationTimeMs,
    last_updated_timestamp: version.lastUpdateTimeMs,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    status: 'READY',
    tags: tagMessages(version.tags),
    run_link: version.runLink,
    aliases: version.aliases,
    ...(version.modelId === '' ? {} : { model_id: version.modelId }),
  }
}
