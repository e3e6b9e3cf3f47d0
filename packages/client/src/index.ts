export type { Client, ClientStats } from './client.ts'
export { createClient } from './client.ts'
export {
  flushTraces,
  getCurrentActiveSpan,
  getLastActiveTraceId,
  init,
  logFeedback,
  shutdown,
  startRun,
  startSpan,
  stats,
  trace,
  updateCurrentTrace,
  withSpan,
} from './default-client.ts'
export type {
  ClientOptions,
  EndOptions,
  FeedbackOptions,
  MetricOptions,
  RunEndStatus,
  RunOptions,
  SpanEventOptions,
  SpanOptions,
  TimeNs,
  TraceOptions,
  TraceUpdate,
  WithSpanOptions,
} from './options.ts'
export type { Run } from './run.ts'
export type { LiveSpan } from './span.ts'
export { SpanStatusCode, SpanType } from './span-type.ts'
