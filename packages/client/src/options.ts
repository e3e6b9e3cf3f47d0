import type { Span as OpenTelemetrySpan } from '@opentelemetry/api'
import type { AssessmentSource, Log, RunStatus } from '@voxtrace/model'
import type { SpanLogLevel } from './mlflow-names.ts'
import type { Run } from './run.ts'
import type { SamplingOptions } from './sampling.ts'
import type { LiveSpan } from './span.ts'
import type { SpanStatusCode, SpanType } from './span-type.ts'

/** Nanoseconds since the epoch. A `number` carries about 256 ns of precision, a `bigint` all of it. */
export type TimeNs = number | bigint

/** Where spans go besides, or in place of, a tracking server. */
export interface OtlpOptions {
  /** The whole address that takes spans, such as `http://localhost:4318/v1/traces`. */
  url: string
  headers?: Record<string, string> | undefined
}

/**
 * Gives the text that is kept of a text. `key` is the name of the nearest property or attribute that holds it, or
 * null. What throws is replaced by `[redaction failed]`.
 */
export type RedactHook = (text: string, key: string | null) => string

export interface ClientOptions {
  /** Where the tracking server is, such as `http://localhost:5000`. */
  trackingUri?: string | undefined
  /** In place of a tracking server: any endpoint that takes OTLP. Runs and assessments have nowhere to go then. */
  otlp?: OtlpOptions | undefined
  /** The experiment that traces and runs go to. Wins over `experimentName`. */
  experimentId?: string | undefined
  /** The experiment by name; created when it does not exist. Default `Default`. */
  experimentName?: string | undefined
  /** Told what goes wrong, at most once a minute for each kind of trouble. */
  log?: Log | undefined
  /** Headers added to every request, such as `authorization`. */
  headers?: Record<string, string> | undefined
  /** For the header `authorization`: a name and a password, or a bearer's token. */
  trackingServerUsername?: string | undefined
  trackingServerPassword?: string | undefined
  trackingServerToken?: string | undefined
  /** For the header `x-mlflow-workspace`. */
  workspace?: string | undefined
  /** Attributes of the OpenTelemetry resource. `service.name` is `voxtrace-client` unless given. */
  resource?: Record<string, string> | undefined
  /** `gzip` compresses span batches. Default `none`. */
  compression?: 'gzip' | 'none' | undefined
  /** An open span is announced after this long. Default 150; `null` announces none. */
  announceDelayMs?: number | null | undefined
  /** A changed open span is announced again at most this often. Default 500. */
  announceIntervalMs?: number | undefined
  /** What was recorded waits at most this long for company in one request. Default 50. */
  batchDelayMs?: number | undefined
  /** Bound on what waits in memory, and one as large on open spans. Default 64 MiB. */
  maxQueueBytes?: number | undefined
  /** Bound on the number of things that wait in memory. Default 100,000. */
  maxQueueItems?: number | undefined
  /** Bound on one recorded value; what is longer is cut and says so. Default 256 KiB. */
  maxValueBytes?: number | undefined
  /** One request gives up after this long and is sent again. Default 10,000. */
  requestTimeoutMs?: number | undefined
  /** The longest wait between two attempts, unless the server asks for more. Default 5,000. */
  maxBackoffMs?: number | undefined
  /** Where what cannot be delivered waits on disk, also for the next process. Absent: memory only. */
  spillDirectory?: string | undefined
  /** Bound on the bytes in `spillDirectory`; the oldest are dropped and counted. Default 256 MiB. */
  maxSpillBytes?: number | undefined
  /** Writes everything to `spillDirectory` before it is sent, so that `kill -9` loses only the last milliseconds. */
  journal?: boolean | undefined
  /** With `journal`: what was recorded is on disk after at most this long, while the event loop turns. Default 2. */
  journalDelayMs?: number | undefined
  /** Changes texts before anything leaves the process or goes to disk. Run in order, in the background. */
  redact?: RedactHook | readonly RedactHook[] | undefined
  /** Which traces are kept. Default: all. */
  sampling?: SamplingOptions | undefined
  /** Whether signals and uncaught exceptions are waited on to deliver what waits. Default true. */
  handleExit?: boolean | undefined
  /** How long the end of the process, of whatever kind, is held off for it. Default 2,000. */
  exitDeadlineMs?: number | undefined
}

export interface SpanOptions {
  name: string
  /**
   * The span this one is part of: of this client, of another one, or of any tracer of OpenTelemetry's. Without it, and
   * outside `withSpan`, the span begins a trace of its own.
   */
  parent?: LiveSpan | Pick<OpenTelemetrySpan, 'spanContext'> | null | undefined
  /** W3C `traceparent` of a span in another process that this one is part of. Wins over `parent`. */
  traceparent?: string | undefined
  spanType?: SpanType | undefined
  inputs?: unknown
  attributes?: Record<string, unknown> | undefined
  logLevel?: SpanLogLevel | undefined
  /** Spans that it has to do with, which may be in other traces. */
  links?: readonly SpanLinkOptions[] | undefined
  /** When the operation began, nanoseconds since the epoch. Default: now. */
  startTimeNs?: TimeNs | undefined
  /** For a root: the run that the trace belongs to (`mlflow.sourceRun`), created or not. */
  run?: Run | undefined
  /** For a root: facts such as `mlflow.trace.session` and `mlflow.trace.user`. */
  traceMetadata?: Record<string, string> | undefined
  /** For a root: tags of the trace. */
  traceTags?: Record<string, string> | undefined
  /** For a root: the session and the user it belongs to (`mlflow.trace.session`, `mlflow.trace.user`). */
  sessionId?: string | undefined
  userId?: string | undefined
}

export type WithSpanOptions = SpanOptions

/** Options of `trace`: those of a span, without what the call itself gives. */
export type TraceOptions = Partial<
  Pick<SpanOptions, 'name' | 'spanType' | 'attributes' | 'logLevel' | 'links'>
>

export interface EndOptions {
  outputs?: unknown
  attributes?: Record<string, unknown> | undefined
  status?: SpanStatusCode | undefined
  /** Nanoseconds since the epoch. Default: now. */
  endTimeNs?: TimeNs | undefined
}

export interface SpanEventOptions {
  name: string
  attributes?: Record<string, unknown> | undefined
  /** Nanoseconds since the epoch. Default: now. */
  timestamp?: TimeNs | undefined
}

export interface SpanLinkOptions {
  /** `tr-` and 32 hex digits, or the digits alone. */
  traceId: string
  /** 16 hex digits. */
  spanId: string
  attributes?: Record<string, unknown> | undefined
}

export interface TraceUpdate {
  /** The session and the user it belongs to (`mlflow.trace.session`, `mlflow.trace.user`). */
  sessionId?: string | undefined
  userId?: string | undefined
  /** The same as `userId`, by MLflow's name. */
  user?: string | undefined
  tags?: Record<string, string> | undefined
  metadata?: Record<string, string> | undefined
  clientRequestId?: string | undefined
  requestPreview?: string | undefined
  responsePreview?: string | undefined
}

export interface RunOptions {
  runName?: string | undefined
  tags?: Record<string, string> | undefined
  /** Default: the client's experiment. */
  experimentName?: string | undefined
  /** Milliseconds since the epoch. Default: now. */
  startTimeMs?: number | undefined
}

export interface MetricOptions {
  /** Default 0. */
  step?: number | undefined
  /** Milliseconds since the epoch. Default: now. */
  timestampMs?: number | undefined
}

export type RunEndStatus = Extract<RunStatus, 'FINISHED' | 'FAILED' | 'KILLED'>

export interface FeedbackOptions {
  /** `tr-` and 32 hex digits. */
  traceId: string
  /** The span it speaks of; absent: the whole trace. */
  spanId?: string | undefined
  name: string
  value?: unknown
  error?: { code: string; message: string } | undefined
  rationale?: string | undefined
  source?: AssessmentSource | undefined
  metadata?: Record<string, string> | undefined
}

/** What should have come out: a truth to compare with. */
export interface ExpectationOptions {
  /** `tr-` and 32 hex digits. */
  traceId: string
  /** The span it speaks of; absent: the whole trace. */
  spanId?: string | undefined
  name: string
  value: unknown
  /** Default `HUMAN`. */
  source?: AssessmentSource | undefined
  metadata?: Record<string, string> | undefined
}
