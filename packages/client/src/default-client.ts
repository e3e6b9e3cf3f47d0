import { type Client, type ClientStats, createClient } from './client.ts'
import { activeSpan } from './context.ts'
import type {
  ClientOptions,
  FeedbackOptions,
  RunOptions,
  SpanOptions,
  TraceOptions,
  TraceUpdate,
  WithSpanOptions,
} from './options.ts'
import type { Run } from './run.ts'
import type { LiveSpan } from './span.ts'

const defaultTrackingUri = 'http://localhost:5000'

let current: Client | null = null

/**
 * Makes the client that the functions of this module use. Called again, it replaces the client, and what the earlier
 * one holds is still sent. Without it the first use makes one from `MLFLOW_TRACKING_URI`, `MLFLOW_EXPERIMENT_ID` and
 * `MLFLOW_EXPERIMENT_NAME`.
 */
export function init(options: ClientOptions): Client {
  const previous = current
  current = createClient(options)
  if (previous !== null) void previous.shutdown()
  return current
}

function client(): Client {
  current ??= createClient(optionsFromEnvironment(process.env))
  return current
}

function optionsFromEnvironment(environment: NodeJS.ProcessEnv): ClientOptions {
  const options: ClientOptions = { trackingUri: environment.MLFLOW_TRACKING_URI || defaultTrackingUri }
  if (environment.MLFLOW_EXPERIMENT_ID) options.experimentId = environment.MLFLOW_EXPERIMENT_ID
  if (environment.MLFLOW_EXPERIMENT_NAME) options.experimentName = environment.MLFLOW_EXPERIMENT_NAME
  return options
}

export function startSpan(options: SpanOptions): LiveSpan {
  return client().startSpan(options)
}

export function withSpan<T>(fn: (span: LiveSpan) => T, options?: Partial<WithSpanOptions>): T {
  return client().withSpan(fn, options)
}

export function trace<A extends unknown[], R>(
  fn: (...args: A) => R,
  options?: TraceOptions,
): (...args: A) => R {
  return client().trace(fn, options)
}

export function getCurrentActiveSpan(): LiveSpan | null {
  return activeSpan()
}

export function updateCurrentTrace(update: TraceUpdate): void {
  activeSpan()?.updateTrace(update)
}

export function getLastActiveTraceId(): string | undefined {
  return current?.getLastActiveTraceId()
}

export function startRun(options?: RunOptions): Run {
  return client().startRun(options)
}

export function logFeedback(options: FeedbackOptions): void {
  client().logFeedback(options)
}

/** Resolves when all that was recorded before is delivered, set aside or spilled to disk. */
export async function flushTraces(options?: { deadlineMs?: number }): Promise<void> {
  await current?.flush(options)
}

/** Flushes within the deadline and stops the default client. */
export async function shutdown(options?: { deadlineMs?: number }): Promise<void> {
  await current?.shutdown(options)
}

export function stats(): ClientStats {
  return client().stats()
}
