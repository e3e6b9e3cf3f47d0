import type { MetricOptions, RunEndStatus } from './options.ts'
import type { ExperimentRef } from './record.ts'

/** What the client knows of one run. */
export interface RunRecord {
  /** Ours, made at once; it is the run's tag `voxtrace.runKey`, by which a run is found that was created unseen. */
  key: string
  experiment: ExperimentRef
  name: string | null
  tags: Record<string, string>
  startTimeMs: number
  /** The server's id, once known. */
  id: string | null
  ended: boolean
}

export interface RunRecorder {
  logMetrics(run: RunRecord, metrics: Record<string, number>, options?: MetricOptions): void
  logParams(run: RunRecord, params: Record<string, unknown>): void
  setTags(run: RunRecord, tags: Record<string, unknown>): void
  endRun(run: RunRecord, status: RunEndStatus, endTimeMs?: number): void
  whenCreated(run: RunRecord): Promise<string>
  recordingFailed(error: unknown): void
}

/** A run. Every method returns at once and never throws; what it records is sent in the background, in order. */
export class Run {
  readonly #record: RunRecord
  readonly #recorder: RunRecorder

  constructor(record: RunRecord, recorder: RunRecorder) {
    this.#record = record
    this.#recorder = recorder
  }

  /** The server's id of the run, 32 hex digits; null until the server has created it. */
  get runId(): string | null {
    return this.#record.id
  }

  /** Resolves with the server's id; rejects when the client is shut down before the server was reached. */
  whenCreated(): Promise<string> {
    return this.#recorder.whenCreated(this.#record)
  }

  logMetric(key: string, value: number, options?: MetricOptions): void {
    this.#attempt(() => this.#recorder.logMetrics(this.#record, { [key]: value }, options))
  }

  logMetrics(metrics: Record<string, number>, options?: MetricOptions): void {
    this.#attempt(() => this.#recorder.logMetrics(this.#record, metrics, options))
  }

  logParam(key: string, value: unknown): void {
    this.#attempt(() => this.#recorder.logParams(this.#record, { [key]: value }))
  }

  logParams(params: Record<string, unknown>): void {
    this.#attempt(() => this.#recorder.logParams(this.#record, params))
  }

  setTag(key: string, value: unknown): void {
    this.#attempt(() => this.#recorder.setTags(this.#record, { [key]: value }))
  }

  setTags(tags: Record<string, unknown>): void {
    this.#attempt(() => this.#recorder.setTags(this.#record, tags))
  }

  /** Ends the run, once. */
  end(status: RunEndStatus = 'FINISHED', options: { endTimeMs?: number } = {}): void {
    this.#attempt(() => this.#recorder.endRun(this.#record, status, options.endTimeMs))
  }

  #attempt(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#recorder.recordingFailed(error)
    }
  }

  /** The record of a run, for the client that made it; null for a run of another client. */
  static recordOf(run: Run, recorder: RunRecorder): RunRecord | null {
    return #record in run && run.#recorder === recorder ? run.#record : null
  }
}
