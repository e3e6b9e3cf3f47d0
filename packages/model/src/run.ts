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

/** A run with what it used and made. */
export interface RunWithInputs extends Run {
  datasets: RunDataset[]
  inputModels: RunModels
  outputModels: RunModels
}

/** A dataset that a run used; absent texts are empty. */
export interface RunDataset {
  name: string
  digest: string
  sourceType: string
  source: string
  schema: string
  profile: string
  /** Among them `mlflow.data.context`, what it was used for. */
  tags: Record<string, string>
}

/** Models that a run used or made, and at which of its steps. */
export type RunModels = { modelId: string; step: number }[]
