import type { Json, JsonObject } from './json.ts'

/** A named collection of inputs with what is expected of them, for judging an application. */
export interface EvaluationDataset {
  /** `d-` and 32 hex digits. */
  datasetId: string
  name: string
  /** Changes whenever the records do. */
  digest: string
  /** Milliseconds since the epoch. */
  creationTimeMs: number
  lastUpdateTimeMs: number
  createdBy: string | null
  lastUpdatedBy: string | null
  /** The types of the fields that records have had, by MLflow's names; null before the first record. */
  schema: JsonObject | null
  recordCount: number
  tags: Record<string, string>
  experimentIds: string[]
}

/** One case of an evaluation dataset. */
export interface DatasetRecord {
  /** `dr-` and 32 hex digits. */
  recordId: string
  datasetId: string
  inputs: JsonObject
  outputs: Json
  expectations: JsonObject | null
  tags: JsonObject
  /** Where the record comes from, such as a trace. */
  source: { source_type: string; source_data: JsonObject } | null
  creationTimeMs: number
  lastUpdateTimeMs: number
  createdBy: string | null
  lastUpdatedBy: string | null
}
