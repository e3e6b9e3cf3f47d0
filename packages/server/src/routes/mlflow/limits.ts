import { posix } from 'node:path'
import { VoxtraceError } from '@voxtrace/model'

/** MLflow's limits (mlflow/utils/validation.py). */
export const limits = {
  batchMetrics: 1000,
  batchParams: 100,
  batchTags: 100,
  batchTotal: 1000,
  batchBytes: 1_000_000,
  key: 250,
  paramValue: 6000,
  runTagValue: 8000,
  traceTagValue: 8000,
  experimentTagValue: 20_000,
  experimentName: 500,
  modelName: 256,
  modelAlias: 255,
  modelTagValue: 100_000,
  scorerName: 256,
  datasetName: 255,
} as const

/** Python's `\w` takes the letters and digits of every script. */
const keyPattern = /^[/\p{L}\p{N}_.\- :]*$/u

const kinds = {
  metric: { field: 'name', named: 'Metric name' },
  parameter: { field: 'key', named: 'Param key' },
  tag: { field: 'key', named: null },
} as const

/**
 * Refuses keys of metrics, params and tags that are too long, have other characters, or would name another file than they
 * say. `within` is what the key stands in, such as `metrics[0].`.
 *
 * @throws VoxtraceError INVALID_PARAMETER_VALUE in MLflow's words
 */
export function checkKey(kind: keyof typeof kinds, key: string, within = ''): void {
  const parameter = `${within}${kinds[kind].field}`
  if (!keyPattern.test(key)) {
    throw invalidValue(
      key,
      parameter,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    )
  }
  const path = posix.normalize(key).replace(/(?<=.)\/$/, '')
  if (path !== key || path === '.' || path.startsWith('..') || path.startsWith('/')) {
    throw invalidValue(
      key,
      parameter,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${path}'`,
    )
  }
  checkLength(kinds[kind].named ?? parameter, key, limits.key)
}

function invalidValue(value: string, parameter: string, why: string): VoxtraceError {
  return new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Invalid value ${JSON.stringify(value)} for parameter '${parameter}' supplied: ${why}`,
  )
}

/** @throws VoxtraceError INVALID_PARAMETER_VALUE when the key or the value of an experiment's tag is not allowed */
export function checkExperimentTag(key: string, value: string): void {
  checkKey('tag', key)
  checkLength('value', value, limits.experimentTagValue)
}

/** @throws VoxtraceError INVALID_PARAMETER_VALUE when a text is longer than allowed */
export function checkLength(what: string, text: string, longest: number): void {
  if (text.length > longest) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `'${what}' exceeds the maximum length of ${longest} characters`,
    )
  }
}

/** @throws VoxtraceError INVALID_PARAMETER_VALUE when a tag of a registered model or a version is too long */
export function checkModelTag(key: string, value: string): void {
  checkKey('tag', key)
  if (key === 'mlflow.prompt.text' && value.length > limits.modelTagValue) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `Prompt text exceeds max length of ${limits.modelTagValue} characters.`,
    )
  }
  checkLength('value', value, limits.modelTagValue)
}

/** Values of params and of tags of runs and traces are cut to MLflow's limit, as its server does by default. */
export function truncated(value: string, longest: number): string {
  return value.length > longest ? value.slice(0, longest) : value
}
