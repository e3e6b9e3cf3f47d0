import { validateHeaderName, validateHeaderValue } from 'node:http'
import { type JsonObject, VoxtraceError } from '@voxtrace/model'
import { beforeExit } from './before-exit.ts'
import { capture, captureText, captureTexts, cutText } from './capture.ts'
import { nowMs } from './clock.ts'
import { Delivery } from './delivery.ts'
import { HttpConnection } from './http.ts'
import { newTraceId } from './ids.ts'
import type { ClientOptions, FeedbackOptions, MetricOptions, RunEndStatus } from './options.ts'
import { needsInfo, type SpanRecord, type TraceRecord } from './record.ts'
import type { RecorderSink } from './recorder.ts'
import type { RunRecord, RunRecorder } from './run.ts'
import { RunWaiters } from './run-waiters.ts'
import { Spill } from './spill/spill.ts'
import { type PipelineStats, Tally } from './tally.ts'
import { TrackingServer } from './tracking-server.ts'
import { TroubleLog } from './trouble-log.ts'
import type { MetricEntry, TextEntry } from './work-items.ts'
import { WorkQueue } from './work-queue.ts'

const exitFlushMs = 2000
const mebibyte = 1024 * 1024
/** Bounds of MLflow's REST API. */
const maxKeyLength = 250
const maxParamLength = 6000
const maxTagLength = 8000
const maxFeedbackBytes = 65_536

/** Takes what was recorded to the server: bounds it, batches it and delivers it in the background. */
export class Pipeline implements RecorderSink, RunRecorder {
  readonly #queue: WorkQueue
  readonly #delivery: Delivery
  readonly #server: TrackingServer
  readonly #spill: Spill | null
  readonly #tally = new Tally()
  readonly #trouble: TroubleLog
  readonly #waiters = new RunWaiters()
  readonly #forgetExit: () => void
  #stopped: Promise<void> | null = null

  constructor(options: ClientOptions) {
    this.#trouble = new TroubleLog(options.log ?? null)
    this.#queue = new WorkQueue(options.maxQueueBytes ?? 64 * mebibyte, options.maxQueueItems ?? 100_000)
    this.#server = new TrackingServer(
      new HttpConnection(
        trackingUrl(options.trackingUri),
        checkedHeaders(options.headers ?? {}),
        options.requestTimeoutMs ?? 10_000,
      ),
      { 'service.name': 'voxtrace-client', ...options.resource },
      options.compression === 'gzip',
      (key, runId) => this.#waiters.created(key, runId),
    )
    this.#spill = this.#openSpill(options)
    this.#delivery = new Delivery(
      this.#queue,
      this.#server,
      this.#spill,
      { batchDelayMs: options.batchDelayMs ?? 50, maxBackoffMs: options.maxBackoffMs ?? 5000 },
      {
        delivered: (operation) => this.#tally.delivered(operation),
        retried: (reason) => {
          this.#tally.retried(reason)
          this.#trouble.warn('unreachable', 'The tracking server cannot be reached; trying again.', {
            reason,
          })
        },
        refused: (operation, reason) => {
          this.#tally.dropped('refused', operation)
          if (operation.kind === 'createRun') this.#waiters.failed(operation.run.key, reason)
          this.#trouble.warn('refused', 'The tracking server refused what was sent; it is set aside.', {
            kind: operation.kind,
            reason,
          })
        },
        abandoned: (operation) => this.#tally.dropped('shutdown', operation),
        failed: (error) => this.recordingFailed(error),
      },
    )
    this.#forgetExit = beforeExit(() => this.#delivery.flush(exitFlushMs))
  }

  spanOpen(record: SpanRecord): void {
    if (this.#stopped !== null) return
    const trace = record.trace
    if (trace.root === record && !trace.announced) this.traceChanged(trace)
    if (!this.#queue.pushRecord(record, record.bytes)) record.announced = false
    this.#delivery.wake()
  }

  spanEnded(record: SpanRecord): void {
    this.#tally.recordedSpan()
    if (this.#stopped !== null) this.#tally.droppedSpan('shutdown')
    else if (!this.#queue.pushRecord(record, record.bytes)) this.#overflow('spans', 1)
    else this.#delivery.wake()
  }

  traceChanged(trace: TraceRecord): void {
    if (this.#stopped !== null || !needsInfo(trace)) return
    trace.announced = true
    if (!this.#queue.pushRecord(trace, 600)) this.#overflow('other', 1)
    else this.#delivery.wake()
  }

  /** Told how many spans have not ended when the client stops. */
  leftOpen(count: number): void {
    if (count === 0) return
    this.#trouble.warn('open', 'Some spans were never ended; they stay open in their traces.', {
      spans: count,
    })
  }

  /** Told of a value that could not be recorded. */
  recordingFailed(error: unknown): void {
    this.#tally.failed()
    this.#trouble.warn('failed', 'Something could not be recorded.', { error: capture(error, 2048).value })
  }

  createRun(run: RunRecord): void {
    if (this.#stopped !== null || !this.#queue.push({ kind: 'createRun', run, bytes: 500 })) {
      this.#overflow('other', 1)
      this.#waiters.failed(run.key, 'The run was dropped because too much waits to be sent.')
      return
    }
    this.#waiters.expect(run)
    this.#delivery.wake()
  }

  logMetrics(run: RunRecord, given: Record<string, number>, options: MetricOptions = {}): void {
    const timestamp = integerOr(options.timestampMs, nowMs())
    const step = integerOr(options.step, 0)
    const metrics: MetricEntry[] = []
    for (const [key, value] of Object.entries(given ?? {})) {
      if (typeof value !== 'number') {
        this.recordingFailed(new TypeError(`The metric "${key}" is not a number.`))
        continue
      }
      metrics.push({
        key: cutText(key, maxKeyLength),
        value: Number.isFinite(value) ? value : String(value),
        timestamp,
        step,
      })
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
    const bytes = [...params, ...tags].reduce((total, entry) => total + entry.value.length, count * 120)
    const entries = { kind: 'entries' as const, run, metrics, params, tags, bytes }
    if (this.#stopped === null && this.#queue.pushEntries(entries)) this.#delivery.wake()
    else {
      this.#overflow('metrics', metrics.length)
      this.#overflow('other', params.length + tags.length)
    }
  }

  endRun(run: RunRecord, status: RunEndStatus, endTimeMs = nowMs()): void {
    if (run.ended) return
    run.ended = true
    const pushed =
      this.#stopped === null && this.#queue.push({ kind: 'endRun', run, status, endTimeMs, bytes: 200 })
    if (pushed) this.#delivery.wake()
    else this.#overflow('other', 1)
  }

  whenCreated(run: RunRecord): Promise<string> {
    return this.#waiters.wait(run)
  }

  logFeedback(options: FeedbackOptions): void {
    const value = capture(options.value ?? null, maxFeedbackBytes)
    const body: JsonObject = {
      assessment_id: `a-${newTraceId()}`,
      assessment_name: captureText(options.name),
      trace_id: captureText(options.traceId),
      source: {
        source_type: captureText(options.source?.type ?? 'CODE'),
        source_id: captureText(options.source?.id ?? 'default'),
      },
      create_time: new Date(nowMs()).toISOString(),
      feedback: { value: value.value },
      metadata: captureTexts(options.metadata),
    }
    if (options.spanId !== undefined) body.span_id = captureText(options.spanId)
    if (options.rationale !== undefined) body.rationale = captureText(options.rationale, maxFeedbackBytes)
    if (options.error !== undefined) {
      const { code, message } = options.error
      body.feedback = { error: { error_code: captureText(code), error_message: captureText(message) } }
    }
    const bytes = value.bytes + (options.rationale?.length ?? 0) + 1000
    const item = { kind: 'feedback' as const, traceId: captureText(options.traceId), body, bytes }
    if (this.#stopped === null && this.#queue.push(item)) this.#delivery.wake()
    else this.#overflow('other', 1)
  }

  async flush(deadlineMs?: number): Promise<void> {
    await this.#delivery.flush(deadlineMs)
  }

  shutdown(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#forgetExit()
    await this.#delivery.stop(deadlineMs)
    this.#waiters.failAll('The client was shut down before the run was created.')
  }

  stats(): PipelineStats {
    return this.#tally.read({
      queueItems: this.#queue.length,
      queueBytes: this.#queue.bytes,
      spillBytes: this.#spill?.bytes ?? 0,
      requests: this.#server.requests,
    })
  }

  #overflow(what: 'spans' | 'metrics' | 'other', count: number): void {
    if (count === 0) return
    this.#tally.droppedCount(this.#stopped === null ? 'queue_full' : 'shutdown', what, count)
    this.#trouble.warn('full', 'Too much waits to be sent; what is recorded now is dropped and counted.', {
      queueBytes: this.#queue.bytes,
      queueItems: this.#queue.length,
    })
  }

  #openSpill(options: ClientOptions): Spill | null {
    if (options.spillDirectory === undefined) return null
    return new Spill(options.spillDirectory, options.maxSpillBytes ?? 256 * mebibyte, {
      spilled: (operations) => this.#tally.spilled(operations.length),
      dropped: (operations) => {
        for (const operation of operations) this.#tally.dropped('spill_full', operation)
        this.#trouble.warn('spill full', 'The spill directory is full; the oldest in it were dropped.', {})
      },
      damaged: (records) => {
        this.#tally.damaged(records)
        this.#trouble.warn('damaged', 'Records in the spill directory are damaged and left out.', { records })
      },
      failed: (error) => {
        this.#trouble.warn('spill', 'The spill directory cannot be used.', {
          error: capture(error, 2048).value,
        })
      },
    })
  }
}

function checkedHeaders(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch (cause) {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `The header "${name}" cannot be sent; give a name and a value that HTTP allows.`,
        { cause },
      )
    }
  }
  return headers
}

function trackingUrl(uri: string): URL {
  const url = URL.canParse(uri) ? new URL(uri) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `trackingUri is "${uri}"; give the server's address, such as http://localhost:5000.`,
    )
  }
  return url
}

function integerOr(value: number | undefined, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : otherwise
}

function texts(values: Record<string, unknown>, maxLength: number): TextEntry[] {
  return Object.entries(captureTexts(values, maxLength - 60)).map(([key, value]) => ({
    key: cutText(key, maxKeyLength),
    value,
  }))
}
