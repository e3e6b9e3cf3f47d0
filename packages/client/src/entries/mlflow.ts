/**
 * `@voxtrace/client/mlflow`: all of `@voxtrace/client`, and beside it what only applications need that were written for
 * MLflow's TypeScript SDK. Imported, it gives spans the members and the log levels that that SDK gives them.
 */
import { callHooks } from '../mlflow/hooks.ts'
import { giveMembers } from '../mlflow/span-members.ts'

callHooks()
giveMembers()

// By the package's name, so that edge runtimes get their own.
export * from '@voxtrace/client'
export { registerOnSpanEndHook, registerOnSpanStartHook, type SpanHook } from '../mlflow/hooks.ts'
export { MlflowHttpError } from '../mlflow/http-error.ts'
export { toSpanLogLevel } from '../mlflow/log-level.ts'
export {
  DATABRICKS_UC_TABLE_HEADER,
  DEFAULT_SPAN_NAME,
  MLFLOW_EXPERIMENT_ID_HEADER,
  NO_OP_SPAN_TRACE_ID,
  REQUEST_RESPONSE_PREVIEW_MAX_LENGTH,
  SpanLogLevel,
  TRACE_ID_PREFIX,
  TRACE_ID_V4_PREFIX,
  TRACE_SCHEMA_VERSION,
  TraceLocationType,
  TraceMetadataKey,
  TraceTagKey,
} from '../mlflow/names.ts'
export type { HrTime, LinkJson, SpanEvent, SpanJson } from '../mlflow/span-json.ts'
export { SpanLink } from '../mlflow/span-link.ts'
export type { SpanMembers } from '../mlflow/span-members.ts'
