import type { AssessmentSource, Log, RunStatus } from '@voxtrace/model'
import type { Run } from './run.ts'
import type { LiveSpan } from './span.ts'
import type { SpanStatusCode, SpanType } from './span-type.ts'

/** Nanoseconds since the epoch. A `number` carries about 256 ns of precision, a `bigint` all of it. */
export type TimeNs = number | bigint

export interface ClientOptions {
  /** Where the tracking server is, such as `http://localhost:5000`. */
  trackingUri: string
  /** The experiment that traces and runs go to. Wins over `experimentName`. */
  experimentId?: string
  /** The experiment by name; created when it does not exist. Default `Default`. */
  experimentName?: string
  /** Told what goes wrong, at most once a minute for each kind of trouble. */
  log?: Log
  /** Headers added to every request, such as `authorization`. */
  headers?: Record<string, string>
  /** Attributes of the OpenTelemetry resource. `service.name` is `voxtrace-client` unless given. */
  resource?: Record<string, string>
  /** `gzip` compresses span batches. Default `none`. */
  compression?: 'gzip' | 'none'
  /** An open span is announced after this long. Default 150; `null` announces none. */
  announceDelayMs?: number | null
  /** A changed open span is announced again at most this often. Default 500. */
  announceIntervalMs?: number
  /** What was recorded waits at most this long for company in one request. Default 50. */
  batchDelayMs?: number
  /** Bound on what waits in memory. Default 64 MiB. */
  maxQueueBytes?: number
  /** Bound on the number of things that wait in memory. Default 100,000. */
  maxQueueItems?: number
  /** Bound on one recorded value; what is longer is cut and says so. Default 256 KiB. */
  maxValueBytes?: number
  /** One request gives up after this long and is sent again. Default 10,000. */
  requestTimeoutMs?: number
  /** The longest wait between two attempts, unless the server asks for more. Default 5,000. */
  maxBackoffMs?: number
  /** Where what cannot be delivered waits on disk, also for the next process. Absent: memory only. */
  spillDirectory?: string
  /** Bound on the bytes in `spillDirectory`; the oldest are dropped and counted. Default 256 MiB. */
  maxSpillBytes?: number
}

export interface SpanOptions {
  name: string
  /** The span this one is part of. Without it, and outside `withSpan`, the span begins a trace of its own. */
  parent?: LiveSpan | null
  spanType?: SpanType
  inputs?: unknown
  attributes?: Record<string, unknown>
  /** When the operation began, nanoseconds since the epoch. Default: now. */
  startTimeNs?: TimeNs
  /** For a root: the run that the trace belongs to (`mlflow.sourceRun`), created or not. */
  run?: Run
  /** For a root: facts such as `mlflow.trace.session` and `mlflow.trace.user`. */
  traceMetadata?: Record<string, string>
  /** For a root: tags of the trace. */
  traceTags?: Record<string, string>
}

export type WithSpanOptions = SpanOptions

/** Options of `trace`: those of a span, without what the call itself gives. */
export type TraceOptions = Partial<Pick<SpanOptions, 'name' | 'spanType' | 'attributes'>>

export interface EndOptions {
  outputs?: unknown
  attributes?: Record<string, unknown>
  status?: SpanStatusCode
  /** Nanoseconds since the epoch. Default: now. */
  endTimeNs?: TimeNs
}

export interface SpanEventOptions {
  name: string
  attributes?: Record<string, unknown>
  /** Nanoseconds since the epoch. Default: now. */
  timestamp?: TimeNs
}

export interface TraceUpdate {
  tags?: Record<string, string>
  metadata?: Record<string, string>
  clientRequestId?: string
  requestPreview?: string
  responsePreview?: string
}

export interface RunOptions {
  runName?: string
  tags?: Record<string, string>
  /** Default: the client's experiment. */
  experimentName?: string
  /** Milliseconds since the epoch. Default: now. */
  startTimeMs?: number
}

export interface MetricOptions {
  /** Default 0. */
  step?: number
  /** Milliseconds since the epoch. Default: now. */
  timestampMs?: number
}

export type RunEndStatus = Extract<RunStatus, 'FINISHED' | 'FAILED' | 'KILLED'>

export interface FeedbackOptions {
  /** `tr-` and 32 hex digits. */
  traceId: string
  /** The span it speaks of; absent: the whole trace. */
  spanId?: string
  name: string
  value?: unknown
  error?: { code: string; message: string }
  rationale?: string
  source?: AssessmentSource
  metadata?: Record<string, string>
}
