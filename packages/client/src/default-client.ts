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

/** Starts a span, which lasts until its `end` is called. */
export function startSpan(options: SpanOptions): LiveSpan {
  return defaultClient().startSpan(options)
}

/** Runs `fn` with a new span as the active one and ends the span when `fn` is done; errors pass through. */
export function withSpan<T>(fn: (span: LiveSpan) => T, options?: Partial<WithSpanOptions>): T {
  return defaultClient().withSpan(fn, options)
}

/** A decorator of methods that records each call as a span. */
export function trace(options?: TraceOptions): TracedMethod
/** A function that does the same as `fn` and records each call as a span. */
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

/** A conversation by voice: its trace, its run, and its turns. */
export function conversation(options?: ConversationOptions): Conversation {
  return defaultClient().conversation(options)
}

/** Runs `fn`; traces that begin meanwhile get the session, the user, the metadata and the tags, or are left out. */
export function tracingContext<T>(options: TracingContextOptions, fn: () => T): T {
  return defaultClient().tracingContext(options, fn)
}

/** The span that `withSpan` or `trace` made active around the call; null outside. */
export function getCurrentActiveSpan(): LiveSpan | null {
  return activeSpan()
}

/** Changes the trace of the active span. */
export function updateCurrentTrace(update: TraceUpdate): void {
  activeSpan()?.updateTrace(update)
}

/** The id of the trace that the default client began last, `tr-` and 32 hex digits. */
export function getLastActiveTraceId(): string | undefined {
  return current?.getLastActiveTraceId()
}

/** Starts a run of the client's experiment, or of the one named. */
export function startRun(options?: RunOptions): Run {
  return defaultClient().startRun(options)
}

/** Records what somebody, or a program, found of a trace or a span. */
export function logFeedback(options: FeedbackOptions): void {
  defaultClient().logFeedback(options)
}

/** Records what should have come out of a trace or a span. */
export function logExpectation(options: ExpectationOptions): void {
  defaultClient().logExpectation(options)
}

/** Looks for traces of the client's experiment, or of those given. Rejects when the server cannot answer. */
export async function searchTraces(options?: Partial<SearchOptions>): Promise<FoundTraces> {
  return defaultClient().searchTraces(options)
}

/** Resolves when all that was recorded before is delivered, set aside or spilled to disk; or after `deadlineMs`. */
export async function flushTraces(options?: { deadlineMs?: number }): Promise<void> {
  await current?.flush(options)
}

/** Flushes, within the deadline (default 5,000), and stops the default client. */
export async function shutdown(options?: { deadlineMs?: number }): Promise<void> {
  await current?.shutdown(options)
}

/** What became of what was recorded, as it stands now. */
export function stats(): ClientStats {
  return defaultClient().stats()
}
