import type { OnlineScoring, ScorerVersion } from '@voxtrace/model'
import { z } from 'zod'
import { optionalInteger, optionalText, requiredText, requiredTexts, texts } from './request.ts'

const named = { experiment_id: requiredText, name: requiredText }

const isJson = (text: string) => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

export const registerScorer = z.object({
  ...named,
  serialized_scorer: requiredText.refine(isJson, { error: 'It must be valid JSON' }),
})
export const listScorers = z.object({ experiment_id: optionalText, experiment_ids: texts })
export const scorer = z.object(named)
export const scorerVersion = z.object({ ...named, version: optionalInteger })
export const onlineScoringConfigs = z.object({ scorer_ids: requiredTexts })
export const setOnlineScoringConfig = z.object({
  ...named,
  sample_rate: z
    .union([z.number(), z.string().regex(/^\d*\.?\d+$/)])
    .transform(Number)
    .refine((rate) => rate >= 0 && rate <= 1, { error: 'It must be between 0.0 and 1.0' }),
  filter_string: optionalText,
})

const modelOfScorer = z.object({
  instructions_judge_pydantic_data: z.object({ model: z.string().nullish() }).nullish(),
  builtin_scorer_pydantic_data: z.object({ model: z.string().nullish() }).nullish(),
})

/** The model that a serialized scorer asks, such as `openai:/gpt-4o`; null when it names none. */
export function scorerModel(serialized: string): string | null {
  const read = modelOfScorer.safeParse(JSON.parse(serialized))
  if (!read.success) return null
  const { instructions_judge_pydantic_data: judge, builtin_scorer_pydantic_data: builtin } = read.data
  return judge?.model ?? builtin?.model ?? null
}

/** MLflow's Scorer. */
export function scorerMessage(version: ScorerVersion) {
  return {
    experiment_id: Number(version.experimentId),
    scorer_name: version.name,
    scorer_version: version.version,
    serialized_scorer: version.serialized,
    creation_time: version.creationTimeMs,
    scorer_id: version.scorerId,
  }
}

/** MLflow's answer to the registration of a scorer. */
export function registeredScorerMessage(version: ScorerVersion) {
  return {
    version: version.version,
    scorer_id: version.scorerId,
    experiment_id: version.experimentId,
    name: version.name,
    serialized_scorer: version.serialized,
    creation_time: version.creationTimeMs,
  }
}

/** MLflow's OnlineScoringConfig. */
export function onlineScoringMessage(config: OnlineScoring) {
  return {
    online_scoring_config_id: config.configId,
    scorer_id: config.scorerId,
    sample_rate: config.sampleRate,
    experiment_id: config.experimentId,
    ...(config.filter === null ? {} : { filter_string: config.filter }),
  }
}
