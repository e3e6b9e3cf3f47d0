import { type JsonObject, VoxtraceError } from '@voxtrace/model'
import { Capture, capture, captureTexts, cutText } from './capture.ts'
import { nowMs } from './clock.ts'
import { destinationOf } from './destination.ts'
import { newTraceId } from './ids.ts'
import type {
  ClientOptions,
  ExpectationOptions,
  FeedbackOptions,
  MetricOptions,
  RunEndStatus,
} from './options.ts'
import { type ExitHooks, platform } from './platform.ts'
import { needsInfo, type SpanRecord, type TraceRecord } from './record.ts'
import type { RecorderSink } from './recorder.ts'
import type { RunRecord, RunRecorder } from './run.ts'
import { RunWaiters } from './run-waiters.ts'
import type { Sender } from './sender.ts'
import { type PipelineStats, Tally } from './tally.ts'
import { TroubleLog } from './trouble-log.ts'
import type { Assessment, MetricEntry, RunCreation, RunEnd, TextEntry } from './work-items.ts'
import { WorkQueue } from './work-queue.ts'

/** Bound on what waits, and on what is open, in bytes. */
export const defaultQueueBytes = 64 * 1024 * 1024
/** Bounds of MLflow's REST API. */
const maxKeyLength = 250
const maxParamLength = 6000
const maxTagLength = 8000
/** The longest note of what was cut off. */
const cutNoteLength = 60
const traceOverheadBytes = 600
/** Bound on each property of an assessment. */
const maxAssessedBytes = 65_536

/** Takes what was recorded to the server: bounds it, batches it and delivers it in the background. */
export class Pipeline implements RecorderSink, RunRecorder, ExitHooks {
  readonly #queue: WorkQueue
  readonly #sender: Sender
  /** Whether runs and assessments have somewhere to go. */
  readonly #takesRuns: boolean
  readonly #tally = new Tally()
  readonly #trouble: TroubleLog
  readonly #waiters = new RunWaiters()
  readonly #assessed = new Capture(maxAssessedBytes)
  readonly #forgetExit: () => void
  #stopped: Promise<void> | null = null

  constructor(options: ClientOptions) {
    const here = platform()
    this.#trouble = new TroubleLog(options.log ?? null)
    this.#queue = new WorkQueue(options.maxQueueBytes ?? defaultQueueBytes, options.maxQueueItems ?? 100_000)
    const destination = destinationOf(options)
    this.#takesRuns = destination.kind === 'tracking'
    if (options.journal === true && (options.spillDirectory === undefined || here.openSpill === null)) {
      throw new VoxtraceError('INVALID_PARAMETER_VALUE', 'The journal needs a disk; give spillDirectory.')
    }
    this.#sender = here.newSender({
      here,
      queue: this.#queue,
      options,
      destination,
      told: {
        tally: this.#tally,
        trouble: this.#trouble,
        waiters: this.#waiters,
        failed: (error) => this.recordingFailed(error),
      },
    })
    this.#forgetExit = here.onExit(this, {
      signals: options.handleExit ?? true,
      deadlineMs: options.exitDeadlineMs ?? 2000,
    })
  }

  spanOpen(record: SpanRecord): void {
    if (this.#stopped !== null) return
    const trace = record.trace
    if (trace.root === record && !trace.announced) this.traceChanged(trace)
    if (!this.#queue.pushRecord(record, record.bytes)) record.announced = false
    this.#sender.wake()
  }

  spanEnded(record: SpanRecord): void {
    this.#tally.recordedSpan()
    if (this.#stopped !== null) this.#tally.droppedCount('shutdown', 'spans', 1)
    else if (!this.#queue.pushRecord(record, record.bytes)) this.#overflow('spans', 1)
    else this.#sender.wake()
  }

  traceChanged(trace: TraceRecord): void {
    if (this.#stopped !== null || !needsInfo(trace)) return
    trace.announced = true
    if (!this.#queue.pushRecord(trace, traceOverheadBytes + (trace.info?.bytes ?? 0)))
      this.#overflow('other', 1)
    else this.#sender.wake()
  }

  traceLeftOut(): void {
    this.#tally.leftOut()
  }

  /** Told how many spans have not ended when the client stops, and the names of some. */
  leftOpen(spans: number, newest: string[]): void {
    if (spans > 0) this.#trouble.warn('open', 'Some spans never ended; they stay open.', { spans, newest })
  }

  /** Told of a value that could not be recorded. */
  recordingFailed(error: unknown): void {
    this.#tally.failed()
    this.#trouble.warn('failed', 'Something could not be recorded.', () => ({ error: capture(error, 2048) }))
  }

  createRun(run: RunRecord): void {
    this.#waiters.expect(run)
    if (this.#push({ kind: 'createRun', run, bytes: 500 })) return
    const reason = this.#takesRuns ? 'Too much waits to be sent.' : 'An OTLP endpoint keeps no runs.'
    this.#waiters.failed(run.key, reason)
  }

  logMetrics(run: RunRecord, given: Record<string, number>, options: MetricOptions = {}): void {
    const timestamp = integerOr(options.timestampMs, nowMs())
    const step = integerOr(options.step, 0)
    const metrics: MetricEntry[] = []
    const keys = Object.keys(Object(given))
    let wrong = keys.length === 0 ? '' : undefined
    for (const key of keys) {
      const value: unknown = given[key]
      if (typeof value !== 'number') {
        wrong ??= key
        continue
      }
      metrics.push({
        key: cutText(key, maxKeyLength),
        value: Number.isFinite(value) ? value : String(value),
        timestamp,
        step,
      })
    }
    if (wrong !== undefined) {
      const name = cutText(wrong, maxKeyLength)
      this.recordingFailed(new TypeError(`Metrics are numbers by name; "${name}" is none.`))
    }
    this.#tally.recordedMetrics(metrics.length)
    this.#pushEntries(run, metrics, [], [])
  }

  logParams(run: RunRecord, params: Record<string, unknown>): void {
    this.#pushEntries(run, [], texts(params, maxParamLength), [])
  }

  setTags(run: RunRecord, tags: Record<string, unknown>): void {
    this.#pushEntries(run, [], [], texts(tags, maxTagLength))
  }

  #pushEntries(run: RunRecord, metrics: MetricEntry[], params: TextEntry[], tags: TextEntry[]): void {
    const count = metrics.length + params.length + tags.length
    if (count === 0) return
    let bytes = count * 120
    for (const { value } of [...params, ...tags]) bytes += value.length
    const entries = { kind: 'entries' as const, run, metrics, params, tags, bytes }
    if (this.#mayPush && this.#queue.pushEntries(entries)) this.#sender.wake()
    else {
      this.#overflow('metrics', metrics.length)
      this.#overflow('other', params.length + tags.length)
    }
  }

  endRun(run: RunRecord, status: RunEndStatus, endTimeMs?: number): void {
    if (run.ended) return
    run.ended = true
    this.#push({ kind: 'endRun', run, status, endTimeMs: integerOr(endTimeMs, nowMs()), bytes: 200 })
  }

  whenCreated(run: RunRecord): Promise<string> {
    return this.#waiters.wait(run)
  }

  assess(judgement: Assessment['judgement'], options: FeedbackOptions | ExpectationOptions): void {
    const given: JsonObject = {}
    let bytes = 500
    for (const [key, value] of Object.entries(options)) {
      if (value === undefined) continue
      given[key] = this.#assessed.value(value)
      bytes += this.#assessed.bytes
    }
    this.#push({ kind: 'assessment', judgement, id: newTraceId(), timeMs: nowMs(), given, bytes })
  }

  #push(item: RunCreation | RunEnd | Assessment): boolean {
    const pushed = this.#mayPush && this.#queue.push(item)
    if (pushed) this.#sender.wake()
    else this.#overflow('other', 1)
    return pushed
  }

  get #mayPush(): boolean {
    return this.#takesRuns && this.#stopped === null
  }

  flush(deadlineMs?: number): Promise<void> {
    return this.#sender.flush(deadlineMs)
  }

  shutdown(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  async #stop(deadlineMs: number): Promise<void> {
    await this.#sender.stop(deadlineMs)
    this.#forgetExit()
    this.#waiters.failAll('The client was shut down.')
    const { recorded, delivered } = this.stats()
    this.#trouble.info('The tracing client has stopped.', { recorded, delivered })
  }

  /** The process ends now. What can go nowhere is counted. */
  spillNow(): void {
    let isSaved = false
    try {
      isSaved = this.#sender.spillNow()
    } catch (error) {
      this.recordingFailed(error)
    }
    if (!isSaved) {
      this.#trouble.warn('lost', 'The process ended before all was sent.', {
        dropped: this.stats().dropped.shutdown,
        queueItems: this.#queue.length,
      })
    }
  }

  stats(): Omit<PipelineStats, 'cutValues'> {
    return this.#tally.read({
      queueItems: this.#queue.length,
      queueBytes: this.#queue.bytes,
      ...this.#sender.gauges(),
    })
  }

  #overflow(what: 'spans' | 'metrics' | 'other', count: number): void {
    if (count === 0) return
    if (!this.#takesRuns && what !== 'spans') {
      this.#tally.droppedCount('no_server', what, count)
      this.#trouble.warn('no server', 'An OTLP endpoint keeps no runs.', {})
      return
    }
    this.#tally.droppedCount(this.#stopped === null ? 'queue_full' : 'shutdown', what, count)
    this.#trouble.warn('full', 'Too much waits to be sent; more is dropped.', {
      queueBytes: this.#queue.bytes,
      queueItems: this.#queue.length,
    })
  }
}

/** A number as a whole one; `otherwise` for anything else. */
export function integerOr(value: number | undefined, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : otherwise
}

function texts(values: Record<string, unknown>, maxLength: number): TextEntry[] {
  return Object.entries(captureTexts(values, maxLength - cutNoteLength)).map(([key, value]) => ({
    key: cutText(key, maxKeyLength),
    value,
  }))
}
