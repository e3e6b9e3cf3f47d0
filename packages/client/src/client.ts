import { VoxtraceError } from '@voxtrace/model'
import { callInputs } from './call-inputs.ts'
import { Capture, captureText, captureTexts } from './capture.ts'
import { nowMs } from './clock.ts'
import { activeSpan, contextOf, runIn, startIn } from './context.ts'
import { Conversation, type ConversationOptions } from './conversation.ts'
import { newTraceId } from './ids.ts'
import { openReading } from './mlflow-client.ts'
import { OpenSpans } from './open-spans.ts'
import { activeContext, loadApi } from './opentelemetry/api.ts'
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
import { defaultQueueBytes, integerOr, Pipeline } from './pipeline.ts'
import type { FoundTraces, Reading, SearchOptions } from './reading.ts'
import type { ExperimentRef, SpanRecord } from './record.ts'
import { SpanRecorder } from './recorder.ts'
import { Run, type RunRecord } from './run.ts'
import { samplerOf } from './sampling.ts'
import { LiveSpan } from './span.ts'
import type { PipelineStats } from './tally.ts'
import { readTraceparent } from './traceparent.ts'
import { type TracingContextOptions, tracingContextHere, withTracingContext } from './tracing-context.ts'
import { runAndEnd, type TracedMethod, tracedMethod } from './with-span.ts'
import type { Assessment } from './work-items.ts'

/** What became of what was recorded. Counts since the client was made. */
export interface ClientStats extends PipelineStats {
  /** Spans that have started and not ended. */
  openSpans: number
}

/** Records traces and runs, and sends them in the background. No method throws, waits or rejects unless it says so. */
export interface Client {
  /** Starts a span, which lasts until its `end` is called. */
  startSpan(options: SpanOptions): LiveSpan
  /** Runs `fn` with a new span as the active one and ends the span when `fn` is done; errors pass through. */
  withSpan<T>(fn: (span: LiveSpan) => T, options?: Partial<WithSpanOptions>): T
  /** A function that does the same as `fn` and records each call as a span. */
  trace<A extends unknown[], R>(fn: (...args: A) => R, options?: TraceOptions): (...args: A) => R
  /** A decorator of methods that records each call as a span. */
  trace(options?: TraceOptions): TracedMethod
  /** A conversation by voice: its trace, its run, and its turns. */
  conversation(options?: ConversationOptions): Conversation
  /** Runs `fn`; traces that begin meanwhile get the session, the user, the metadata and the tags, or are left out. */
  tracingContext<T>(options: TracingContextOptions, fn: () => T): T
  /** The span that `withSpan` or `trace` made active around the call; null outside. */
  getCurrentActiveSpan(): LiveSpan | null
  /** Changes the trace of the active span. */
  updateCurrentTrace(update: TraceUpdate): void
  /** The id of the trace begun last, `tr-` and 32 hex digits. */
  getLastActiveTraceId(): string | undefined
  /** Starts a run of the client's experiment, or of the one named. */
  startRun(options?: RunOptions): Run
  /** Records what somebody, or a program, found of a trace or a span. */
  logFeedback(options: FeedbackOptions): void
  /** Records what should have come out of a trace or a span. */
  logExpectation(options: ExpectationOptions): void
  /** Looks for traces of the client's experiment, or of those given. Rejects when the server cannot answer. */
  searchTraces(options?: Partial<SearchOptions>): Promise<FoundTraces>
  /** Resolves when all that was recorded before is delivered, set aside or spilled to disk; or after `deadlineMs`. */
  flush(options?: { deadlineMs?: number }): Promise<void>
  /** Flushes, within the deadline (default 5,000), and stops. What is left is spilled if it may be, else counted. */
  shutdown(options?: { deadlineMs?: number }): Promise<void>
  /** What became of what was recorded, as it stands now. */
  stats(): ClientStats
}

const defaultMaxValueBytes = 256 * 1024
const defaultShutdownMs = 5000

/** Makes a client of its own, apart from the default one. Opens no connection before there is something to send. */
export function createClient(options: ClientOptions): Client {
  return new TracingClient(options)
}

/** The recorder behind a client, for what takes spans in by other ways than its methods. */
export function recorderOf(client: Client): SpanRecorder {
  if (client instanceof TracingClient) return client.recorder
  throw new VoxtraceError('INVALID_PARAMETER_VALUE', 'Give a client that createClient or init made.')
}

class TracingClient implements Client {
  readonly recorder: SpanRecorder
  readonly #pipeline: Pipeline
  readonly #open: OpenSpans
  readonly #capture: Capture
  readonly #experiment: ExperimentRef
  readonly #options: ClientOptions
  #reading: Promise<Reading> | null = null
  #lastTraceId: string | undefined

  constructor(options: ClientOptions) {
    this.#options = options
    if (options.experimentId !== undefined && !/^[\w-]+$/.test(options.experimentId)) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `experimentId is "${options.experimentId}"; for a name give experimentName.`,
      )
    }
    this.#experiment = {
      id: options.experimentId ?? null,
      name: options.experimentId === undefined ? (options.experimentName ?? 'Default') : null,
    }
    loadApi()
    const pipeline = new Pipeline(options)
    this.#pipeline = pipeline
    const delayMs = options.announceDelayMs === undefined ? 150 : options.announceDelayMs
    this.#open = new OpenSpans(
      (record) => pipeline.spanOpen(record),
      options.otlp === undefined ? delayMs : null,
      options.announceIntervalMs ?? 500,
      options.maxQueueBytes ?? defaultQueueBytes,
    )
    this.#capture = new Capture(options.maxValueBytes ?? defaultMaxValueBytes)
    this.recorder = new SpanRecorder(
      pipeline,
      this.#open,
      this.#experiment,
      this.#capture,
      samplerOf(options.sampling),
    )
  }

  startSpan(options: SpanOptions): LiveSpan {
    try {
      return this.#startSpan(options)
    } catch (error) {
      this.#pipeline.recordingFailed(error)
      return this.#startSpan({ name: 'span' })
    }
  }

  #startSpan(options: SpanOptions): LiveSpan {
    const record = this.#begin(options)
    if (record.parentSpanId === null) this.#lastTraceId = record.trace.id
    return new LiveSpan(record, this.recorder)
  }

  #begin(options: SpanOptions): SpanRecord {
    if (tracingContextHere()?.enabled === false) return this.recorder.startTrace(options, null, null)
    const { parent, traceparent } = options
    const run = options.run === undefined ? null : Run.recordOf(options.run, this.#pipeline)
    if (traceparent !== undefined) {
      return this.recorder.startTrace(options, readTraceparent(traceparent), run)
    }
    const record = LiveSpan.recordOf(parent, this.recorder)
    if (record !== null) return this.recorder.start(options, record)
    if (parent === null) return this.recorder.startTrace(options, null, run)
    const around = parent === undefined ? activeContext() : contextOf(parent, this.recorder)
    return startIn(around, options, this.recorder, run)
  }

  withSpan<T>(fn: (span: LiveSpan) => T, options: Partial<WithSpanOptions> = {}): T {
    return runAndEnd(this.#startNamed(options, fn.name), fn)
  }

  trace(options?: TraceOptions): TracedMethod
  trace<A extends unknown[], R>(fn: (...args: A) => R, options?: TraceOptions): (...args: A) => R
  trace<A extends unknown[], R>(
    given?: ((...args: A) => R) | TraceOptions,
    options: TraceOptions = {},
  ): ((...args: A) => R) | TracedMethod {
    if (typeof given !== 'function') {
      return tracedMethod((fn, name) => this.trace(fn, { ...given, name: given?.name ?? name }))
    }
    const inputsOf = callInputs(given)
    const start = (args: A) => this.#startNamed(options, given.name, inputsOf(args))
    const traced = function (this: unknown, ...args: A): R {
      return runAndEnd(start(args), () => given.apply(this, args))
    }
    Object.defineProperties(traced, { name: { value: given.name }, length: { value: given.length } })
    return Object.assign(traced, given)
  }

  #startNamed(options: Partial<SpanOptions>, fallback: string, inputs?: unknown): LiveSpan {
    try {
      const named = { ...options, name: options.name || fallback || 'span' }
      if (inputs !== undefined) named.inputs = inputs
      return this.#startSpan(named)
    } catch (error) {
      this.#pipeline.recordingFailed(error)
      return this.#startSpan({ name: 'span' })
    }
  }

  tracingContext<T>(options: TracingContextOptions, fn: () => T): T {
    return runIn(
      this.#attempt(() => withTracingContext(options), activeContext),
      fn,
    )
  }

  conversation(options: ConversationOptions = {}): Conversation {
    return this.#attempt(
      () => new Conversation(this, options),
      () => new Conversation(this, {}),
    )
  }

  getCurrentActiveSpan(): LiveSpan | null {
    return activeSpan()
  }

  updateCurrentTrace(update: TraceUpdate): void {
    activeSpan()?.updateTrace(update)
  }

  getLastActiveTraceId(): string | undefined {
    return this.#lastTraceId === undefined ? undefined : `tr-${this.#lastTraceId}`
  }

  startRun(options: RunOptions = {}): Run {
    return this.#attempt(
      () => this.#startRun(options),
      () => this.#startRun({}),
    )
  }

  #startRun({ runName, tags, experimentName, startTimeMs }: RunOptions): Run {
    const record: RunRecord = {
      key: newTraceId(),
      experiment:
        experimentName === undefined ? this.#experiment : { id: null, name: captureText(experimentName) },
      name: runName === undefined ? null : captureText(runName),
      tags: captureTexts(tags),
      startTimeMs: integerOr(startTimeMs, nowMs()),
      id: null,
      ended: false,
    }
    this.#pipeline.createRun(record)
    return new Run(record, this.#pipeline)
  }

  logFeedback(options: FeedbackOptions): void {
    this.#assess('feedback', options)
  }

  logExpectation(options: ExpectationOptions): void {
    this.#assess('expectation', options)
  }

  #assess(judgement: Assessment['judgement'], options: FeedbackOptions | ExpectationOptions): void {
    this.#attempt(
      () => this.#pipeline.assess(judgement, options),
      () => {},
    )
  }

  /** What cannot be carried out is counted, and gives what `otherwise` gives. */
  #attempt<T>(act: () => T, otherwise: () => T): T {
    try {
      return act()
    } catch (error) {
      this.#pipeline.recordingFailed(error)
      return otherwise()
    }
  }

  async searchTraces(options: Partial<SearchOptions> = {}): Promise<FoundTraces> {
    this.#reading ??= openReading(this.#options)
    return (await this.#reading).search(options, this.#experiment)
  }

  flush(options: { deadlineMs?: number } = {}): Promise<void> {
    return this.#pipeline.flush(options.deadlineMs)
  }

  shutdown(options: { deadlineMs?: number } = {}): Promise<void> {
    this.#open.announceAll()
    this.#open.stop()
    this.#pipeline.leftOpen(this.#open.count, this.#open.newestNames(5))
    return this.#pipeline.shutdown(options.deadlineMs ?? defaultShutdownMs)
  }

  stats(): ClientStats {
    return { ...this.#pipeline.stats(), cutValues: this.#capture.cuts, openSpans: this.#open.count }
  }
}
