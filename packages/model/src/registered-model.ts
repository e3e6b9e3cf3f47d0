/** A stage of a model version, which MLflow's older clients move versions between. */
export type ModelStage = 'None' | 'Staging' | 'Production' | 'Archived'

/** A version of a registered model or of a prompt. Times are milliseconds since the epoch; absent texts are empty. */
export interface ModelVersion {
  name: string
  version: number
  description: string
  stage: ModelStage
  source: string
  runId: string
  runLink: string
  modelId: string
  creationTimeMs: number
  lastUpdateTimeMs: number
  tags: Record<string, string>
  /** Aliases of the model that point at this version. */
  aliases: string[]
}

/** A named line of versions: a model, or, with the tag `mlflow.prompt.is_prompt`, a prompt. */
export interface RegisteredModel {
  name: string
  description: string
  creationTimeMs: number
  lastUpdateTimeMs: number
  tags: Record<string, string>
  /** Version numbers by alias. */
  aliases: Record<string, number>
  /** The newest version of each stage. */
  latestVersions: ModelVersion[]
}

/** The tag by which MLflow tells prompts from models. */
export const promptTag = 'mlflow.prompt.is_prompt'
