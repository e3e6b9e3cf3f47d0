import type { ClientOptions, OtlpOptions } from './options.ts'

const defaultTrackingUri = 'http://localhost:5000'

/**
 * Completes options from environment variables, MLflow's and OpenTelemetry's. An OTLP endpoint is taken from them
 * only where no tracking server is named.
 */
export function optionsFromEnvironment(
  environment: Record<string, string | undefined>,
  given: ClientOptions,
): ClientOptions {
  const options: ClientOptions = { ...given }
  const otlp = given.trackingUri || environment.MLFLOW_TRACKING_URI ? null : otlpFrom(environment)
  if (options.otlp === undefined && otlp !== null) options.otlp = otlp
  options.trackingUri ??= environment.MLFLOW_TRACKING_URI || defaultTrackingUri
  if (given.experimentName === undefined) {
    options.experimentId ??= environment.MLFLOW_EXPERIMENT_ID || undefined
  }
  options.experimentName ??= environment.MLFLOW_EXPERIMENT_NAME || undefined
  options.trackingServerUsername ||= environment.MLFLOW_TRACKING_USERNAME
  options.trackingServerPassword ||= environment.MLFLOW_TRACKING_PASSWORD
  options.trackingServerToken ||= environment.MLFLOW_TRACKING_TOKEN
  options.workspace ||= environment.MLFLOW_WORKSPACE
  options.spillDirectory ??= environment.VOXTRACE_SPILL_DIRECTORY || undefined
  options.resource = { ...resourceFrom(environment), ...options.resource }
  return options
}

function otlpFrom(environment: Record<string, string | undefined>): OtlpOptions | null {
  const base = environment.OTEL_EXPORTER_OTLP_ENDPOINT
  const url =
    environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ||
    (base ? `${base.replace(/\/+$/, '')}/v1/traces` : undefined)
  if (!url) return null
  const headers = environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? environment.OTEL_EXPORTER_OTLP_HEADERS
  return { url, headers: keyValues(headers) }
}

function resourceFrom(environment: Record<string, string | undefined>): Record<string, string> {
  const resource = keyValues(environment.OTEL_RESOURCE_ATTRIBUTES)
  if (environment.OTEL_SERVICE_NAME) resource['service.name'] = environment.OTEL_SERVICE_NAME
  return resource
}

/** `key1=value1,key2=value2` with values in percent encoding, as OpenTelemetry's variables have it. */
function keyValues(text: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const part of text?.split(',') ?? []) {
    const at = part.indexOf('=')
    if (at > 0) pairs[part.slice(0, at).trim()] = decoded(part.slice(at + 1).trim())
  }
  return pairs
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
