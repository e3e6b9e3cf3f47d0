import { VoxtraceError } from '@voxtrace/model'
import { captureText, captureTexts } from './capture.ts'
import { nowMs } from './clock.ts'
import { activeSpan } from './context.ts'
import { newTraceId } from './ids.ts'
import { OpenSpans } from './open-spans.ts'
import type {
  ClientOptions,
  FeedbackOptions,
  RunOptions,
  SpanOptions,
  TraceOptions,
  TraceUpdate,
  WithSpanOptions,
} from './options.ts'
import { Pipeline } from './pipeline.ts'
import type { ExperimentRef } from './record.ts'
import { SpanRecorder } from './recorder.ts'
import { Run, type RunRecord, type RunRecorder } from './run.ts'
import { LiveSpan } from './span.ts'
import type { PipelineStats } from './tally.ts'
import { runAndEnd } from './with-span.ts'

/** What became of what was recorded. Counts since the client was made. */
export interface ClientStats extends PipelineStats {
  /** Spans that have started and not ended. */
  openSpans: number
}

/** Records traces and runs, and sends them in the background. No method throws, waits or rejects unless it says so. */
export interface Client {
  startSpan(options: SpanOptions): LiveSpan
  /** Runs `fn` with a new span as the active one and ends the span when `fn` is done; errors pass through. */
  withSpan<T>(fn: (span: LiveSpan) => T, options?: Partial<WithSpanOptions>): T
  /** A function that does the same as `fn` and records each call as a span. */
  trace<A extends unknown[], R>(fn: (...args: A) => R, options?: TraceOptions): (...args: A) => R
  getCurrentActiveSpan(): LiveSpan | null
  /** Changes the trace of the active span. */
  updateCurrentTrace(update: TraceUpdate): void
  /** The id of the trace begun last, `tr-` and 32 hex digits. */
  getLastActiveTraceId(): string | undefined
  startRun(options?: RunOptions): Run
  logFeedback(options: FeedbackOptions): void
  /** Resolves when all that was recorded before is delivered, set aside or spilled to disk; or after `deadlineMs`. */
  flush(options?: { deadlineMs?: number }): Promise<void>
  /** Flushes, within the deadline (default 5,000), and stops. What is left is spilled if it may be, else counted. */
  shutdown(options?: { deadlineMs?: number }): Promise<void>
  stats(): ClientStats
}

const defaultMaxValueBytes = 256 * 1024
const defaultShutdownMs = 5000

/** Makes a client of its own, apart from the default one. Opens no connection before there is something to send. */
export function createClient(options: ClientOptions): Client {
  return new TracingClient(options)
}

class TracingClient implements Client {
  readonly #pipeline: Pipeline
  readonly #open: OpenSpans
  readonly #recorder: SpanRecorder
  readonly #runs: RunRecorder
  readonly #experiment: ExperimentRef
  #lastTraceId: string | undefined

  constructor(options: ClientOptions) {
    if (options.experimentId !== undefined && !/^[\w-]+$/.test(options.experimentId)) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `experimentId is "${options.experimentId}"; give the id that the server shows, or experimentName.`,
      )
    }
    this.#experiment = {
      id: options.experimentId ?? null,
      name: options.experimentId === undefined ? (options.experimentName ?? 'Default') : null,
    }
    const pipeline = new Pipeline(options)
    this.#pipeline = pipeline
    this.#open = new OpenSpans(
      (record) => pipeline.spanOpen(record),
      options.announceDelayMs === undefined ? 150 : options.announceDelayMs,
      options.announceIntervalMs ?? 500,
    )
    this.#recorder = new SpanRecorder(
      pipeline,
      this.#open,
      this.#experiment,
      options.maxValueBytes ?? defaultMaxValueBytes,
      (error) => pipeline.recordingFailed(error),
    )
    this.#runs = pipeline
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
    const parent = options.parent === undefined ? activeSpan() : options.parent
    const parentRecord = parent === null ? null : LiveSpan.recordOf(parent, this.#recorder)
    const run = options.run === undefined ? null : Run.recordOf(options.run, this.#runs)
    const record = this.#recorder.start(options, parentRecord, run)
    if (parentRecord === null) this.#lastTraceId = record.trace.id
    return new LiveSpan(record, this.#recorder)
  }

  withSpan<T>(fn: (span: LiveSpan) => T, options: Partial<WithSpanOptions> = {}): T {
    return runAndEnd(this.#startNamed(options, fn.name), fn)
  }

  trace<A extends unknown[], R>(fn: (...args: A) => R, options: TraceOptions = {}): (...args: A) => R {
    const start = (inputs: unknown) => this.#startNamed(options, fn.name, inputs)
    return function traced(this: unknown, ...args: A): R {
      return runAndEnd(start(args.length === 1 ? args[0] : args), () => fn.apply(this, args))
    }
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
    const record: RunRecord = {
      key: newTraceId(),
      experiment:
        options.experimentName === undefined ? this.#experiment : { id: null, name: options.experimentName },
      name: options.runName === undefined ? null : captureText(options.runName),
      tags: captureTexts(options.tags),
      startTimeMs: options.startTimeMs ?? nowMs(),
      id: null,
      ended: false,
    }
    this.#pipeline.createRun(record)
    return new Run(record, this.#runs)
  }

  logFeedback(options: FeedbackOptions): void {
    try {
      this.#pipeline.logFeedback(options)
    } catch (error) {
      this.#pipeline.recordingFailed(error)
    }
  }

  flush(options: { deadlineMs?: number } = {}): Promise<void> {
    return this.#pipeline.flush(options.deadlineMs)
  }

  shutdown(options: { deadlineMs?: number } = {}): Promise<void> {
    this.#open.announceAll()
    this.#open.stop()
    this.#pipeline.leftOpen(this.#open.count)
    return this.#pipeline.shutdown(options.deadlineMs ?? defaultShutdownMs)
  }

  stats(): ClientStats {
    return { ...this.#pipeline.stats(), openSpans: this.#open.count }
  }
}
