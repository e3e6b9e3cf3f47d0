import {
  SpanLogLevel as levels,
  TraceLocationType as locations,
  TraceMetadataKey as metadata,
} from '../mlflow-names.ts'

export const DEFAULT_SPAN_NAME = 'span'
/** The trace id of MLflow's spans that record nothing. Ours have one of their own. */
export const NO_OP_SPAN_TRACE_ID = 'no-op-span-trace-id'
export const REQUEST_RESPONSE_PREVIEW_MAX_LENGTH = 1000
export const TRACE_SCHEMA_VERSION = '3'
export const TRACE_ID_PREFIX = 'tr-'
/** Of Databricks, whose Unity Catalog this client does not send to. */
export const TRACE_ID_V4_PREFIX = 'trace:/'
export const DATABRICKS_UC_TABLE_HEADER = 'X-Databricks-UC-Table-Name'
export const MLFLOW_EXPERIMENT_ID_HEADER = 'x-mlflow-experiment-id'
export const TraceTagKey = { MLFLOW_ARTIFACT_LOCATION: 'mlflow.artifactLocation' } as const

/** With the names that MLflow 2 wrote. */
export const TraceMetadataKey = {
  ...metadata,
  INPUTS: 'mlflow.traceInputs',
  OUTPUTS: 'mlflow.traceOutputs',
} as const

/** With the places that only Databricks has. */
export const TraceLocationType = {
  ...locations,
  TRACE_LOCATION_TYPE_UNSPECIFIED: 'TRACE_LOCATION_TYPE_UNSPECIFIED',
  INFERENCE_TABLE: 'INFERENCE_TABLE',
  UC_TABLE_PREFIX: 'UC_TABLE_PREFIX',
} as const

/** With the names by number, as an enumeration has them. */
export const SpanLogLevel = {
  ...levels,
  10: 'DEBUG',
  20: 'INFO',
  30: 'WARNING',
  40: 'ERROR',
  50: 'CRITICAL',
} as const

export type SpanLogLevel = keyof typeof levels | (typeof levels)[keyof typeof levels]
