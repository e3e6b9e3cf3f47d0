/** Attribute keys of MLflow's vocabulary (mlflow/tracing/constant.py). Their values are JSON in a string. */
export const mlflowAttributes = {
  spanType: 'mlflow.spanType',
  spanInputs: 'mlflow.spanInputs',
  spanOutputs: 'mlflow.spanOutputs',
  traceRequestId: 'mlflow.traceRequestId',
  chatTokenUsage: 'mlflow.chat.tokenUsage',
  llmModel: 'mlflow.llm.model',
  llmProvider: 'mlflow.llm.provider',
  llmCost: 'mlflow.llm.cost',
} as const

/** Span types of MLflow (`mlflow.entities.SpanType`). */
export const spanTypes = [
  'LLM',
  'CHAIN',
  'AGENT',
  'TOOL',
  'CHAT_MODEL',
  'RETRIEVER',
  'PARSER',
  'EMBEDDING',
  'RERANKER',
  'MEMORY',
  'WORKFLOW',
  'TASK',
  'GUARDRAIL',
  'EVALUATOR',
  'UNKNOWN',
] as const

export type SpanType = (typeof spanTypes)[number]
