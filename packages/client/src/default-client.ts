import { type Client, type ClientStats, createClient } from './client.ts'
import { activeSpan } from './context.ts'
import type { Conversation, ConversationOptions } from './conversation.ts'
import { optionsFromEnvironment } from './environment.ts'
import type {
  ClientOptions,
  ExpectationOptions,
  FeedbackOptions,
  RunOptions,
  SpanOptions,
  TraceOptions,
  TraceUpdate,
  WithSpanOptions,
} from './options.ts'
import { platform } from './platform.ts'
import type { FoundTraces, SearchOptions } from './reading.ts'
import type { Run } from './run.ts'
import type { LiveSpan } from './span.ts'
import type { TracingContextOptions } from './tracing-context.ts'
import type { TracedMethod } from './with-span.ts'

let current: Client | null = null

/**
 * Makes the client that the functions of this module use. Called again, it replaces the client, and what the earlier
 * one holds is still sent. What is not given is taken from the environment, as when `init` is not called at all.
 */
export function init(options: ClientOptions = {}): Client {
  const previous = current
  current = createClient(optionsFromEnvironment(platform().environment, options))
  if (previous !== null) void previous.shutdown()
  return current
}

/** The client that the functions of this module use, made from the environment when `init` was not called. */
export function defaultClient(): Client {
  current ??= createClient(optionsFromEnvironment(platform().environment, {}))
  return current
}

export function startSpan(options: SpanOptions): LiveSpan {
  return defaultClient().startSpan(options)
}

export function withSpan<T>(fn: (span: LiveSpan) => T, options?: Partial<WithSpanOptions>): T {
  return defaultClient().withSpan(fn, options)
}

export function trace(options?: TraceOptions): TracedMethod
export function trace<A extends unknown[], R>(
  fn: (...args: A) => R,
  options?: TraceOptions,
): (...args: A) => R
export function trace<A extends unknown[], R>(
  given?: ((...args: A) => R) | TraceOptions,
  options?: TraceOptions,
): ((...args: A) => R) | TracedMethod {
  return typeof given === 'function' ? defaultClient().trace(given, options) : defaultClient().trace(given)
}

export function conversation(options?: ConversationOptions): Conversation {
  return defaultClient().conversation(options)
}

/** Runs `fn`; traces that begin meanwhile get the session, the user, the metadata and the tags, or are left out. */
export function tracingContext<T>(options: TracingContextOptions, fn: () => T): T {
  return defaultClient().tracingContext(options, fn)
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
  return defaultClient().startRun(options)
}

export function logFeedback(options: FeedbackOptions): void {
  defaultClient().logFeedback(options)
}

export function logExpectation(options: ExpectationOptions): void {
  defaultClient().logExpectation(options)
}

/** Looks for traces of the client's experiment, or of those given. Rejects when the server cannot answer. */
export async function searchTraces(options?: Partial<SearchOptions>): Promise<FoundTraces> {
  return defaultClient().searchTraces(options)
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
  return defaultClient().stats()
}
