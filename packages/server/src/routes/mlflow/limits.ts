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
  experimentTagValue: 5000,
  experimentName: 500,
  modelName: 256,
  modelAlias: 255,
  modelTagValue: 100_000,
  scorerName: 256,
  datasetName: 255,
} as const

/** Path-like keys would make files that cannot be told apart, so MLflow refuses them. */
const keyPattern = /^[/\w.\- :]+$/

/** @throws VoxtraceError INVALID_PARAMETER_VALUE when a key of a metric, param or tag is too long or has other characters */
export function checkKey(kind: 'metric' | 'parameter' | 'tag', key: string): void {
  if (key.length > limits.key) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The ${kind} name '${key.slice(0, 50)}…' exceeds the maximum length of ${limits.key} characters.`,
    )
  }
  const isPlainPath = !key.split('/').some((part) => part === '' || part === '.' || part === '..')
  if (!keyPattern.test(key) || !isPlainPath) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `Invalid ${kind} name: '${key}'. Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colons (:) and slashes (/), and no empty, "." or ".." part between slashes.`,
    )
  }
}

/** @throws VoxtraceError INVALID_PARAMETER_VALUE when a tag's key or value is too long */
export function checkTagValue(key: string, value: string, longest: number): void {
  checkKey('tag', key)
  if (value.length > longest) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The value of tag '${key}' has ${value.length} characters, which exceeds the limit of ${longest}.`,
    )
  }
}

/** @throws VoxtraceError INVALID_PARAMETER_VALUE when a text is longer than allowed */
export function checkLength(what: string, text: string, longest: number): void {
  if (text.length > longest) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `${what} '${text.slice(0, 50)}…' had length ${text.length}, which exceeded length limit of ${longest}`,
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

/** Values of params and run tags are cut to MLflow's limit, as its server does by default. */
export function truncated(value: string, longest: number): string {
  return value.length > longest ? value.slice(0, longest) : value
}
