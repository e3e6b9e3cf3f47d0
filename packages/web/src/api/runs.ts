import type { Metric, Run, RunStatus } from '@voxtrace/model'
import * as z from 'zod/mini'
import { getJson, postJson } from './request.ts'
import { int64 } from './wire.ts'

const keyValues = z.optional(z.array(z.object({ key: z.string(), value: z.optional(z.string()) })))

/** MLflow's JSON writes NaN and the infinities as strings. */
const metricValue = z.pipe(z.union([z.number(), z.string()]), z.transform(Number))

const metricMessage = z.object({
  key: z.string(),
  value: metricValue,
  timestamp: z.optional(int64),
  step: z.optional(int64),
})

const runMessage = z.object({
  info: z.object({
    run_id: z.string(),
    run_name: z.optional(z.string()),
    experiment_id: z.string(),
    user_id: z.optional(z.string()),
    status: z.optional(z.string()),
    start_time: z.optional(int64),
    end_time: z.optional(z.nullable(int64)),
    artifact_uri: z.optional(z.string()),
    lifecycle_stage: z.optional(z.string()),
  }),
  data: z.optional(
    z.object({ metrics: z.optional(z.array(metricMessage)), params: keyValues, tags: keyValues }),
  ),
})

const searchAnswer = z.object({
  runs: z.optional(z.array(runMessage)),
  next_page_token: z.optional(z.nullable(z.string())),
})
const getAnswer = z.object({ run: runMessage })
const historyAnswer = z.object({
  metrics: z.optional(z.array(metricMessage)),
  next_page_token: z.optional(z.nullable(z.string())),
})

export interface RunPage {
  runs: Run[]
  nextPageToken: string | null
}

export interface RunQuery {
  experimentId: string
  filter: string
  /** Newest first unless ordered otherwise. */
  order?: string
  stage: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
  maxResults?: number
}

/** One page of an experiment's runs. */
export async function searchRuns(
  { experimentId, filter, order = 'start_time DESC', stage, maxResults = 100 }: RunQuery,
  pageToken: string | null,
  signal?: AbortSignal,
): Promise<RunPage> {
  const body = {
    experiment_ids: [experimentId],
    max_results: maxResults,
    run_view_type: stage,
    order_by: [order],
    ...(filter && { filter }),
    ...(pageToken && { page_token: pageToken }),
  }
  const answer = await postJson('/ajax-api/2.0/mlflow/runs/search', body, searchAnswer, signal)
  return { runs: (answer.runs ?? []).map(runOf), nextPageToken: answer.next_page_token || null }
}

/** One run with the latest value of each metric. */
export async function getRun(runId: string, signal?: AbortSignal): Promise<Run> {
  const parameters = new URLSearchParams({ run_id: runId })
  const answer = await getJson(`/ajax-api/2.0/mlflow/runs/get?${parameters}`, getAnswer, signal)
  return runOf(answer.run)
}

const nothing = z.object({})

/** Throws `RequestFailure`, also when the run is deleted. */
export async function setTagOnRun(runId: string, key: string, value: string): Promise<void> {
  await postJson('/ajax-api/2.0/mlflow/runs/set-tag', { run_id: runId, key, value }, nothing)
}

/** Throws `RequestFailure`, also when the run is deleted. */
export async function renameRun(runId: string, name: string): Promise<void> {
  await postJson('/ajax-api/2.0/mlflow/runs/update', { run_id: runId, run_name: name }, nothing)
}

/** Deletes a run so that it can be restored. Throws `RequestFailure`. */
export async function deleteRun(runId: string): Promise<void> {
  await postJson('/ajax-api/2.0/mlflow/runs/delete', { run_id: runId }, nothing)
}

/** Throws `RequestFailure`. */
export async function restoreRun(runId: string): Promise<void> {
  await postJson('/ajax-api/2.0/mlflow/runs/restore', { run_id: runId }, nothing)
}

/** Every value that one metric of one run has had, in the order in which the server keeps them. */
export async function getMetricHistory(runId: string, key: string, signal?: AbortSignal): Promise<Metric[]> {
  const metrics: Metric[] = []
  let pageToken: string | null = null
  do {
    const parameters = new URLSearchParams({ run_id: runId, metric_key: key, max_results: '10000' })
    if (pageToken) parameters.set('page_token', pageToken)
    const answer: z.infer<typeof historyAnswer> = await getJson(
      `/ajax-api/2.0/mlflow/metrics/get-history?${parameters}`,
      historyAnswer,
      signal,
    )
    metrics.push(...(answer.metrics ?? []).map(metricOf))
    pageToken = answer.next_page_token || null
  } while (pageToken)
  return metrics
}

const statuses: readonly RunStatus[] = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

function runOf({ info, data }: z.infer<typeof runMessage>): Run {
  return {
    info: {
      runId: info.run_id,
      runName: info.run_name ?? info.run_id,
      experimentId: info.experiment_id,
      userId: info.user_id ?? '',
      status: statuses.find((known) => known === info.status) ?? 'RUNNING',
      startTimeMs: info.start_time ?? 0,
      endTimeMs: info.end_time || null,
      artifactUri: info.artifact_uri ?? '',
      lifecycleStage: info.lifecycle_stage === 'deleted' ? 'deleted' : 'active',
    },
    metrics: (data?.metrics ?? []).map(metricOf),
    params: record(data?.params),
    tags: record(data?.tags),
  }
}

function metricOf(message: z.infer<typeof metricMessage>): Metric {
  return {
    key: message.key,
    value: message.value,
    timestampMs: message.timestamp ?? 0,
    step: message.step ?? 0,
  }
}

function record(pairs: z.infer<typeof keyValues>): Record<string, string> {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value ?? '']))
}
