export type LoggedModelStatus = 'LOGGED_MODEL_PENDING' | 'LOGGED_MODEL_READY' | 'LOGGED_MODEL_UPLOAD_FAILED'

/** A model that a run logged, or that stands for an application. Absent texts are empty. */
export interface LoggedModel {
  /** `m-` and 32 hex digits. */
  modelId: string
  experimentId: string
  name: string
  modelType: string
  sourceRunId: string
  status: LoggedModelStatus
  artifactUri: string
  /** Milliseconds since the epoch. */
  creationTimeMs: number
  lastUpdateTimeMs: number
  tags: Record<string, string>
  params: Record<string, string>
}
