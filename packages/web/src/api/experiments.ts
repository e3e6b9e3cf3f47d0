import type { Experiment } from '@voxtrace/model'
import * as z from 'zod/mini'
import { postJson } from './request.ts'
import { int64 } from './wire.ts'

const keyValues = z.optional(z.array(z.object({ key: z.string(), value: z.string() })))

const experimentMessage = z.object({
  experiment_id: z.string(),
  name: z.string(),
  artifact_location: z.optional(z.string()),
  lifecycle_stage: z.optional(z.string()),
  creation_time: z.optional(int64),
  last_update_time: z.optional(int64),
  tags: keyValues,
})

const searchAnswer = z.object({
  experiments: z.optional(z.array(experimentMessage)),
  next_page_token: z.optional(z.nullable(z.string())),
})

/** All experiments that are there, or all that were deleted, the most recently changed first. */
export async function listExperiments(
  stage: 'ACTIVE_ONLY' | 'DELETED_ONLY',
  signal?: AbortSignal,
): Promise<Experiment[]> {
  const experiments: Experiment[] = []
  let pageToken: string | undefined
  do {
    const body = {
      max_results: 1000,
      view_type: stage,
      order_by: ['last_update_time DESC'],
      ...(pageToken !== undefined && { page_token: pageToken }),
    }
    const answer = await postJson('/ajax-api/2.0/mlflow/experiments/search', body, searchAnswer, signal)
    experiments.push(...(answer.experiments ?? []).map(experimentOf))
    pageToken = answer.next_page_token || undefined
  } while (pageToken !== undefined)
  return experiments
}

const createAnswer = z.object({ experiment_id: z.string() })

/** Makes an experiment and answers its id. Throws `RequestFailure`, also when the name is taken. */
export async function createExperiment(name: string): Promise<string> {
  const answer = await postJson('/ajax-api/2.0/mlflow/experiments/create', { name }, createAnswer)
  return answer.experiment_id
}

const nothing = z.object({})

/** Throws `RequestFailure`, also when the name is taken. */
export async function renameExperiment(experimentId: string, name: string): Promise<void> {
  await postJson(
    '/ajax-api/2.0/mlflow/experiments/update',
    { experiment_id: experimentId, new_name: name },
    nothing,
  )
}

/** Deletes an experiment with its runs so that both can be restored. Throws `RequestFailure`. */
export async function deleteExperiment(experimentId: string): Promise<void> {
  await postJson('/ajax-api/2.0/mlflow/experiments/delete', { experiment_id: experimentId }, nothing)
}

/** Throws `RequestFailure`. */
export async function restoreExperiment(experimentId: string): Promise<void> {
  await postJson('/ajax-api/2.0/mlflow/experiments/restore', { experiment_id: experimentId }, nothing)
}

function experimentOf(message: z.infer<typeof experimentMessage>): Experiment {
  return {
    experimentId: message.experiment_id,
    name: message.name,
    artifactLocation: message.artifact_location ?? '',
    lifecycleStage: message.lifecycle_stage === 'deleted' ? 'deleted' : 'active',
    creationTimeMs: message.creation_time ?? 0,
    lastUpdateTimeMs: message.last_update_time ?? 0,
    tags: Object.fromEntries((message.tags ?? []).map((tag) => [tag.key, tag.value])),
  }
}
