import type { LifecycleStage } from './experiment.ts'

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'

export interface RunInfo {
  /** 32 hex digits. */
  runId: string
  runName: string
  experimentId: string
  userId: string
  status: RunStatus
  /** Milliseconds since the epoch. */
  startTimeMs: number
  endTimeMs: number | null
  artifactUri: string
  lifecycleStage: LifecycleStage
}

/** One value of one metric at one step. The value may be NaN or an infinity. */
export interface Metric {
  key: string
  value: number
  /** Milliseconds since the epoch. */
  timestampMs: number
  step: number
}

/** One logged execution; a session of the voice bot is a run. */
export interface Run {
  info: RunInfo
  /** The latest value of each metric. */
  metrics: Metric[]
  params: Record<string, string>
  tags: Record<string, string>
}
