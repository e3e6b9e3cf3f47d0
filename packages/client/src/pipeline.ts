import type { ClientOptions, FeedbackOptions, MetricOptions, RunEndStatus } from './options.ts'
import type { SpanRecord, TraceRecord } from './record.ts'
import type { RecorderSink } from './recorder.ts'
import type { RunRecord, RunRecorder } from './run.ts'

/** What became of what was recorded. */
export interface PipelineStats {
  spansRecorded: number
}

/** Takes what was recorded to the server. */
export class Pipeline implements RecorderSink, RunRecorder {
  #spansRecorded = 0

  constructor(_options: ClientOptions) {}

  spanOpen(_record: SpanRecord): void {}
  spanEnded(_record: SpanRecord): void {
    this.#spansRecorded++
  }
  traceChanged(_trace: TraceRecord): void {}
  recordingFailed(_error: unknown): void {}
  createRun(_run: RunRecord): void {}
  logMetrics(_run: RunRecord, _metrics: Record<string, number>, _options?: MetricOptions): void {}
  logParams(_run: RunRecord, _params: Record<string, unknown>): void {}
  setTags(_run: RunRecord, _tags: Record<string, unknown>): void {}
  endRun(_run: RunRecord, _status: RunEndStatus, _endTimeMs?: number): void {}
  async whenCreated(run: RunRecord): Promise<string> {
    return run.id ?? run.key
  }
  logFeedback(_options: FeedbackOptions): void {}
  async flush(_deadlineMs?: number): Promise<void> {}
  async shutdown(_deadlineMs: number): Promise<void> {}
  stats(): PipelineStats {
    return { spansRecorded: this.#spansRecorded }
  }
}
