import type { Assessment } from './assessment.ts'

export type TraceState = 'STATE_UNSPECIFIED' | 'IN_PROGRESS' | 'OK' | 'ERROR'

/** What is known of a trace without its spans and what is said of it. */
export interface TraceFacts {
  /** `tr-` and 32 lower-case hex digits. */
  traceId: string
  experimentId: string
  clientRequestId: string | null
  /** Milliseconds since the epoch at which the trace began. */
  requestTimeMs: number
  /** Milliseconds from first start to last end; null while in progress. */
  executionDurationMs: number | null
  state: TraceState
  /** Short text of the root's inputs, at most 1000 characters. */
  requestPreview: string | null
  /** Short text of the root's outputs, at most 1000 characters. */
  responsePreview: string | null
  /** Immutable facts, such as `mlflow.trace.session` and `mlflow.sourceRun`. */
  metadata: Record<string, string>
  tags: Record<string, string>
}

/** What is known of a trace without its spans (MLflow's TraceInfoV3). */
export interface TraceInfo extends TraceFacts {
  assessments: Assessment[]
}

/** Trace metadata keys of MLflow that Voxtrace reads and writes. */
export const traceMetadata = {
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
  sourceRun: 'mlflow.sourceRun',
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  schemaVersion: 'mlflow.trace_schema.version',
  sizeStats: 'mlflow.trace.sizeStats',
} as const

/** Trace tag keys of MLflow that Voxtrace reads and writes. */
export const traceTags = {
  name: 'mlflow.traceName',
  artifactLocation: 'mlflow.artifactLocation',
  spansLocation: 'mlflow.trace.spansLocation',
  linkedPrompts: 'mlflow.linkedPrompts',
} as const
