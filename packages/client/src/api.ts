export type { Circuit } from './circuit-breaker.ts'
export type { Client, ClientStats } from './client.ts'
export { createClient } from './client.ts'
export type { Conversation, ConversationOptions, Turn, TurnEnd, TurnOptions } from './conversation.ts'
export {
  conversation,
  flushTraces,
  getCurrentActiveSpan,
  getLastActiveTraceId,
  init,
  logExpectation,
  logFeedback,
  searchTraces,
  shutdown,
  startRun,
  startSpan,
  stats,
  trace,
  tracingContext,
  updateCurrentTrace,
  withSpan,
} from './default-client.ts'
export { createAuthProvider, MlflowClient, type MlflowClientOptions } from './mlflow-client.ts'
export {
  SpanAttributeKey,
  SpanLogLevel,
  type TokenUsage,
  TokenUsageKey,
  TraceLocationType,
  TraceMetadataKey,
} from './mlflow-names.ts'
export type {
  ClientOptions,
  EndOptions,
  ExpectationOptions,
  FeedbackOptions,
  MetricOptions,
  OtlpOptions,
  RedactHook,
  RunEndStatus,
  RunOptions,
  SpanEventOptions,
  SpanLinkOptions,
  SpanOptions,
  TimeNs,
  TraceOptions,
  TraceUpdate,
  TraceUpdate as UpdateCurrentTraceOptions,
  WithSpanOptions,
} from './options.ts'
export {
  getTracingContextHeadersForHttpRequest,
  withTracingContextFromHeaders,
  withTracingContextFromHeadersAsync,
} from './propagation.ts'
export type { ReadSpan, ReadSpan as Span } from './read-spans.ts'
export type { Trace, TraceData, TraceInfo } from './read-trace.ts'
export type { Experiment, FoundTraces, SearchOptions } from './reading.ts'
export type { Run } from './run.ts'
export type { SamplingOptions, SamplingRule } from './sampling.ts'
export type { LiveSpan } from './span.ts'
export { SpanLink } from './span-link.ts'
export { SpanStatusCode, SpanType } from './span-type.ts'
export type { TracingContextOptions } from './tracing-context.ts'
export type { TracedMethod } from './with-span.ts'
