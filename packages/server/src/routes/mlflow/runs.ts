import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { bytesOf, jsonOf } from '../../bodies.ts'
import { checkKey, limits, truncated } from './limits.ts'
import { runInputRoutes } from './run-inputs.ts'
import { searchOptions } from './search-options.ts'

export function runRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  const { runs } = store

  app.post(`${base}/runs/create`, async (request) => {
    const run = mlflow.readRequest(mlflow.createRun, jsonOf(request))
    const created = await runs.create({
      experimentId: run.experiment_id ?? '0',
      tags: checkedTags(Object.entries(run.tags)),
      ...(run.run_name === undefined ? {} : { runName: run.run_name }),
      ...(run.user_id === undefined ? {} : { userId: run.user_id }),
      ...(run.start_time === undefined ? {} : { startTimeMs: run.start_time }),
    })
    return { run: mlflow.runMessage(created) }
  })

  app.post(`${base}/runs/update`, async (request) => {
    const change = mlflow.readRequest(mlflow.updateRun, jsonOf(request))
    const info = await runs.update(runIdOf(change), {
      ...(change.status === undefined ? {} : { status: change.status }),
      ...(change.end_time === undefined ? {} : { endTimeMs: change.end_time }),
      ...(change.run_name === undefined ? {} : { runName: change.run_name }),
    })
    return { run_info: mlflow.runInfoMessage(info) }
  })

  app.get(`${base}/runs/get`, async (request) => {
    const run = await runs.get(runIdOf(mlflow.readRequest(mlflow.runById, request.query)))
    return { run: mlflow.runMessage(run) }
  })

  app.post(`${base}/runs/search`, async (request) => {
    const search = mlflow.readRequest(mlflow.searchRuns, jsonOf(request))
    const page = await store.search.runs({
      ...searchOptions(search),
      experimentIds: search.experiment_ids,
      viewType: search.run_view_type,
    })
    return {
      runs: page.items.map(mlflow.runMessage),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  app.post(`${base}/runs/delete`, async (request) => {
    await runs.delete(runIdOf(mlflow.readRequest(mlflow.runById, jsonOf(request))))
    return {}
  })

  app.post(`${base}/runs/restore`, async (request) => {
    await runs.restore(runIdOf(mlflow.readRequest(mlflow.runById, jsonOf(request))))
    return {}
  })

  app.post(`${base}/runs/log-metric`, async (request) => {
    const metric = mlflow.readRequest(mlflow.logMetric, jsonOf(request))
    checkKey('metric', metric.key)
    await runs.log(runIdOf(metric), { metrics: [mlflow.metricFromMessage(metric)] })
    return {}
  })

  app.post(`${base}/runs/log-parameter`, async (request) => {
    const param = mlflow.readRequest(mlflow.logParam, jsonOf(request))
    await runs.log(runIdOf(param), { params: checkedParams([[param.key, param.value]]) })
    return {}
  })

  app.post(`${base}/runs/set-tag`, async (request) => {
    const tag = mlflow.readRequest(mlflow.logParam, jsonOf(request))
    await runs.log(runIdOf(tag), { tags: checkedTags([[tag.key, tag.value]]) })
    return {}
  })

  app.post(`${base}/runs/delete-tag`, async (request) => {
    const { run_id, key } = mlflow.readRequest(mlflow.deleteRunTag, jsonOf(request))
    await runs.deleteTag(run_id, key)
    return {}
  })

  app.post(`${base}/runs/log-batch`, async (request) => {
    const batch = mlflow.readRequest(mlflow.logBatch, jsonOf(request))
    checkBatch(batch, bytesOf(request).length)
    await runs.log(runIdOf(batch), {
      metrics: batch.metrics.map((metric) => {
        checkKey('metric', metric.key)
        return mlflow.metricFromMessage(metric)
      }),
      params: checkedParams(batch.params.map(({ key, value }) => [key, value])),
      tags: checkedTags(batch.tags.map(({ key, value }) => [key, value])),
    })
    return {}
  })

  runInputRoutes(app, base, store)
}

/** The run that a request names, by either of its names. */
export function runIdOf(request: { run_id?: string | undefined; run_uuid?: string | undefined }): string {
  const runId = request.run_id ?? request.run_uuid
  if (runId === undefined) {
    throw new VoxtraceError('INVALID_PARAMETER_VALUE', "Missing value for required parameter 'run_id'.")
  }
  return runId
}

function checkBatch(batch: { metrics: unknown[]; params: unknown[]; tags: unknown[] }, bytes: number): void {
  const { metrics, params, tags } = batch
  const counts = [
    ['metrics', metrics.length, limits.batchMetrics],
    ['params', params.length, limits.batchParams],
    ['tags', tags.length, limits.batchTags],
    ['metrics, params, and tags', metrics.length + params.length + tags.length, limits.batchTotal],
  ] as const
  for (const [what, count, most] of counts) {
    if (count > most) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `A batch logging request can contain at most ${most} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
      )
    }
  }
  if (bytes > limits.batchBytes) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `Batched logging API requests must be at most ${limits.batchBytes} bytes, got a request of size ${bytes}.`,
    )
  }
}

function checkedParams(params: [string, string][]): Record<string, string> {
  const checked = new Map<string, string>()
  for (const [key, value] of params) {
    checkKey('parameter', key)
    const kept = truncated(value, limits.paramValue)
    if (checked.has(key) && checked.get(key) !== kept) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `Duplicate parameter keys have been submitted: ['${key}']. Please ensure the request contains only one param value per param key.`,
      )
    }
    checked.set(key, kept)
  }
  return Object.fromEntries(checked)
}

function checkedTags(tags: [string, string][]): Record<string, string> {
  return Object.fromEntries(
    tags.map(([key, value]) => {
      checkKey('tag', key)
      return [key, truncated(value, limits.runTagValue)]
    }),
  )
}
