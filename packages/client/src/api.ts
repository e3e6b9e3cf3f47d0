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
  shutdown,
  startRun,
  startSpan,
  stats,
  trace,
  updateCurrentTrace,
  withSpan,
} from './default-client.ts'
export type { Circuit } from './delivery.ts'
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
  WithSpanOptions,
} from './options.ts'
export {
  getTracingContextHeadersForHttpRequest,
  withTracingContextFromHeaders,
  withTracingContextFromHeadersAsync,
} from './propagation.ts'
export type { Run } from './run.ts'
export type { SamplingOptions, SamplingRule } from './sampling.ts'
export type { LiveSpan } from './span.ts'
export { SpanStatusCode, SpanType } from './span-type.ts'
export type { TracedMethod } from './with-span.ts'
