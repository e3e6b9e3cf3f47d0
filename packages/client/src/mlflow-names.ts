/** Names that MLflow's TypeScript SDK exports for what it writes into spans and traces. */
export const SpanAttributeKey = {
  EXPERIMENT_ID: 'mlflow.experimentId',
  TRACE_ID: 'mlflow.traceRequestId',
  INPUTS: 'mlflow.spanInputs',
  OUTPUTS: 'mlflow.spanOutputs',
  SPAN_TYPE: 'mlflow.spanType',
  LOG_LEVEL: 'mlflow.spanLogLevel',
  TOKEN_USAGE: 'mlflow.chat.tokenUsage',
  MESSAGE_FORMAT: 'mlflow.message.format',
  SESSION_ID: 'session.id',
  USER_ID: 'user.id',
} as const

export const TraceMetadataKey = {
  SOURCE_RUN: 'mlflow.sourceRun',
  MODEL_ID: 'mlflow.modelId',
  SIZE_BYTES: 'mlflow.trace.sizeBytes',
  SCHEMA_VERSION: 'mlflow.trace_schema.version',
  TOKEN_USAGE: 'mlflow.trace.tokenUsage',
  TRACE_SESSION: 'mlflow.trace.session',
  TRACE_USER: 'mlflow.trace.user',
} as const

/** The kinds of places that hold traces; here an experiment is the only one. */
export const TraceLocationType = { MLFLOW_EXPERIMENT: 'MLFLOW_EXPERIMENT' } as const

/** What an attribute `TOKEN_USAGE` counts. */
export const TokenUsageKey = {
  INPUT_TOKENS: 'input_tokens',
  OUTPUT_TOKENS: 'output_tokens',
  TOTAL_TOKENS: 'total_tokens',
  CACHE_READ_INPUT_TOKENS: 'cache_read_input_tokens',
  CACHE_CREATION_INPUT_TOKENS: 'cache_creation_input_tokens',
} as const

export type TokenUsage = Partial<Record<(typeof TokenUsageKey)[keyof typeof TokenUsageKey], number>>

/** How serious a span is. */
export const SpanLogLevel = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const

export type SpanLogLevel = keyof typeof SpanLogLevel | (typeof SpanLogLevel)[keyof typeof SpanLogLevel]
