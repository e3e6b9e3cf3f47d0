import { type Metric, VoxtraceError } from '@voxtrace/model'
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
    checkRunName(run.run_name, run.tags['mlflow.runName'])
    const created = await runs.create({
      experimentId: run.experiment_id ?? '0',
      tags: checkedTags(Object.entries(run.tags).map(([key, value]) => ({ key, value }))),
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
    await runs.log(runIdOf(metric), { metrics: [checkedMetric(metric)] })
    return {}
  })

  app.post(`${base}/runs/log-parameter`, async (request) => {
    const param = mlflow.readRequest(mlflow.logParam, jsonOf(request))
    await runs.log(runIdOf(param), { params: checkedParams([param]) })
    return {}
  })

  app.post(`${base}/runs/set-tag`, async (request) => {
    const tag = mlflow.readRequest(mlflow.logParam, jsonOf(request))
    await runs.log(runIdOf(tag), { tags: checkedTags([tag]) })
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
      metrics: batch.metrics.map((metric, index) => checkedMetric(metric, `metrics[${index}].`)),
      params: checkedParams(batch.params, 'params'),
      tags: checkedTags(batch.tags, 'tags'),
    })
    return {}
  })

  runInputRoutes(app, base, store)
}

/** The run that a request names, by either of its names. */
export function runIdOf(request: { run_id?: string | undefined; run_uuid?: string | undefined }): string {
  const runId = request.run_id ?? request.run_uuid
  if (runId === undefined) throw mlflow.missingParameter('run_id')
  return runId
}

function checkRunName(name: string | undefined, tag: string | undefined): void {
  if (name === undefined || tag === undefined || name === tag) return
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${name}', mlflow.runName='${tag}').`,
  )
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

interface KeyValue {
  key: string
  value: string
}

function checkedMetric(message: Parameters<typeof mlflow.metricFromMessage>[0], within = ''): Metric {
  const metric = mlflow.metricFromMessage(message)
  checkKey('metric', metric.key, within)
  if (metric.timestampMs < 0) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `Invalid value ${metric.timestampMs} for parameter '${within}timestamp' supplied: metric '${metric.key}' (value=${pythonFloat(metric.value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    )
  }
  return metric
}

function pythonFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

/** `list` names the list that they stand in, when they stand in one. */
function checkedParams(params: KeyValue[], list?: string): Record<string, string> {
  const checked = new Map<string, string>()
  for (const [index, { key, value }] of params.entries()) {
    checkKey('parameter', key, within(list, index))
    if (checked.has(key)) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `Duplicate parameter keys have been submitted: ['${key}']. Please ensure the request contains only one param value per param key.`,
      )
    }
    checked.set(key, truncated(value, limits.paramValue))
  }
  return Object.fromEntries(checked)
}

function checkedTags(tags: KeyValue[], list?: string): Record<string, string> {
  return Object.fromEntries(
    tags.map(({ key, value }, index) => {
      checkKey('tag', key, within(list, index))
      return [key, truncated(value, limits.runTagValue)]
    }),
  )
}

function within(list: string | undefined, index: number): string {
  return list === undefined ? '' : `${list}[${index}].`
}
