import type { JsonObject } from '@voxtrace/model'
import type { RunEndStatus } from './options.ts'
import type { RunRecord } from './run.ts'

/** A metric as MLflow's REST protocol carries it; a value that is not finite is written by its name. */
export interface MetricEntry {
  key: string
  value: number | string
  timestamp: number
  step: number
}

export interface TextEntry {
  key: string
  value: string
}

/** A run that the server is to create. */
export interface RunCreation {
  readonly kind: 'createRun'
  run: RunRecord
  bytes: number
}

/** Metrics, params and tags of one run. */
export interface RunEntries {
  readonly kind: 'entries'
  run: RunRecord
  metrics: MetricEntry[]
  params: TextEntry[]
  tags: TextEntry[]
  bytes: number
}

export interface RunEnd {
  readonly kind: 'endRun'
  run: RunRecord
  status: RunEndStatus
  endTimeMs: number
  bytes: number
}

/** A judgement of a trace or a span. */
export interface Assessment {
  readonly kind: 'assessment'
  judgement: 'feedback' | 'expectation'
  /** 32 hex digits. */
  id: string
  /** Milliseconds since the epoch. */
  timeMs: number
  /** The options it was made of. */
  given: JsonObject
  bytes: number
}
