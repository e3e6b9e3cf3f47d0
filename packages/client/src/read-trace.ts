import type { SpanJson } from './mlflow/span-json.ts'
import { type TokenUsage, TokenUsageKey, TraceMetadataKey } from './mlflow-names.ts'
import { isRecord, parseObject } from './outcome.ts'
import { type ReadSpan, textOf } from './read-spans.ts'

/** An experiment as MLflow's SDK names the place of a trace. */
export interface TraceLocation {
  type: 'MLFLOW_EXPERIMENT'
  mlflowExperiment: { experimentId: string }
}

/** A trace's info as MLflow's REST protocol has it. */
export interface TraceInfoJson {
  trace_id: string
  client_request_id: string | null
  trace_location: { type: string; mlflow_experiment: { experiment_id: string } } | null
  request_preview: string | null
  response_preview: string | null
  /** ISO 8601; null where it cannot be read. */
  request_time: string | null
  /** Seconds, such as `1.5s`. */
  execution_duration: string | null
  state: string
  trace_metadata: Record<string, string>
  tags: Record<string, string>
  assessments: unknown[]
}

/** What a tracking server tells of a trace, under the names of MLflow's TypeScript SDK. */
export class TraceInfo {
  /** `tr-` and 32 hex digits. */
  readonly traceId: string
  readonly clientRequestId: string | null
  readonly experimentId: string | null
  readonly traceLocation: TraceLocation | null
  /** Milliseconds since the epoch; NaN where it cannot be read. */
  readonly requestTime: number
  readonly state: string
  readonly requestPreview: string | null
  readonly responsePreview: string | null
  /** Milliseconds; null while the trace is in progress. */
  readonly executionDuration: number | null
  readonly traceMetadata: Record<string, string>
  readonly tags: Record<string, string>
  /** As MLflow's REST protocol has them. */
  readonly assessments: unknown[]

  /** `value`: a TraceInfoV3 of MLflow's REST protocol; what it lacks is null or empty. */
  constructor(value: unknown) {
    const info = isRecord(value) ? value : {}
    const location = isRecord(info.trace_location) ? info.trace_location.mlflow_experiment : null
    const text = (key: string) => (typeof info[key] === 'string' ? info[key] : null)
    const duration = text('execution_duration')
    const experimentId = isRecord(location) ? textOf(location.experiment_id) : null
    this.traceId = text('trace_id') ?? ''
    this.clientRequestId = text('client_request_id')
    this.experimentId = experimentId
    this.traceLocation =
      experimentId === null ? null : { type: 'MLFLOW_EXPERIMENT', mlflowExperiment: { experimentId } }
    this.requestTime = Date.parse(text('request_time') ?? '')
    this.state = text('state') ?? 'STATE_UNSPECIFIED'
    this.requestPreview = text('request_preview')
    this.responsePreview = text('response_preview')
    this.executionDuration = duration === null ? null : Number.parseFloat(duration) * 1000
    this.traceMetadata = textsOf(info.trace_metadata)
    this.tags = textsOf(info.tags)
    this.assessments = Array.isArray(info.assessments) ? info.assessments : []
  }

  /** The tokens of all calls of models in the trace; null where the server counted none. */
  get tokenUsage(): TokenUsage | null {
    const counted = parseObject(this.traceMetadata[TraceMetadataKey.TOKEN_USAGE] ?? '')
    if (counted === null) return null
    const usage: TokenUsage = {}
    for (const key of Object.values(TokenUsageKey)) {
      const count = counted[key]
      if (typeof count === 'number') usage[key] = count
    }
    return usage
  }

  toJson(): TraceInfoJson {
    const { traceLocation: location, requestTime, executionDuration: duration } = this
    return {
      trace_id: this.traceId,
      client_request_id: this.clientRequestId,
      trace_location: location && {
        type: location.type,
        mlflow_experiment: { experiment_id: location.mlflowExperiment.experimentId },
      },
      request_preview: this.requestPreview,
      response_preview: this.responsePreview,
      request_time: Number.isNaN(requestTime) ? null : new Date(requestTime).toISOString(),
      execution_duration: duration === null ? null : `${duration / 1000}s`,
      state: this.state,
      trace_metadata: this.traceMetadata,
      tags: this.tags,
      assessments: this.assessments,
    }
  }
}

export class TraceData {
  readonly spans: ReadSpan[]

  constructor(spans: ReadSpan[]) {
    this.spans = spans
  }

  toJson(): { spans: SpanJson[] } {
    return { spans: this.spans.map((span) => span.toJson()) }
  }
}

/** A trace as it was read from a server. */
export class Trace {
  readonly info: TraceInfo
  readonly data: TraceData

  constructor(info: TraceInfo, spans: ReadSpan[]) {
    this.info = info
    this.data = new TraceData(spans)
  }

  toJson(): { info: TraceInfoJson; data: { spans: SpanJson[] } } {
    return { info: this.info.toJson(), data: this.data.toJson() }
  }
}

/** A table of texts, of whatever stands in its place. */
export function textsOf(value: unknown): Record<string, string> {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, textOf(text)]))
    : {}
}
