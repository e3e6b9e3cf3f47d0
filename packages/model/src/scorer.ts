/** A version of a scorer that an MLflow client registered in an experiment. */
export interface ScorerVersion {
  scorerId: string
  experimentId: string
  name: string
  version: number
  /** The scorer in MLflow's own JSON. */
  serialized: string
  /** Milliseconds since the epoch. */
  creationTimeMs: number
}

/** Which traces of an experiment a scorer is meant to judge as they come. */
export interface OnlineScoring {
  configId: string
  scorerId: string
  experimentId: string
  /** Between 0 and 1. */
  sampleRate: number
  /** A filter of traces, or null for all. */
  filter: string | null
}
