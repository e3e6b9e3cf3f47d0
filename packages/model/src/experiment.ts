export type LifecycleStage = 'active' | 'deleted'

/** A named container of runs and traces. */
export interface Experiment {
  experimentId: string
  name: string
  artifactLocation: string
  lifecycleStage: LifecycleStage
  creationTimeMs: number
  lastUpdateTimeMs: number
  tags: Record<string, string>
}
