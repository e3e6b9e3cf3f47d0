import type { Json, JsonObject, SpanStatusCode, TraceState } from '@voxtrace/model'
import type { TimeNs } from './options.ts'
import type { RunRecord } from './run.ts'

/** Where a trace or run goes: an experiment by id, or by a name that is resolved before sending. */
export interface ExperimentRef {
  id: string | null
  name: string | null
}

/** What the client knows of one trace. */
export interface TraceRecord {
  readonly kind: 'trace'
  /** 32 hex digits. */
  id: string
  experiment: ExperimentRef
  run: RunRecord | null
  metadata: Record<string, string>
  tags: Record<string, string>
  clientRequestId: string | null
  requestPreview: string | null
  responsePreview: string | null
  /** Null only until its root span is made, in the same call. */
  root: SpanRecord | null
  /** What the queue counts its info as while that waits; 0 when it does not. */
  charged: number
  /** True once its info was queued for the first time. */
  announced: boolean
}

interface EventRecord {
  name: string
  timeNs: TimeNs
  attributes: JsonObject
}

/** One span as plain data, changed in place until it is sent. */
export interface SpanRecord {
  readonly kind: 'span'
  trace: TraceRecord
  spanId: string
  parentSpanId: string | null
  name: string
  spanType: string
  startNs: TimeNs
  endNs: TimeNs | null
  statusCode: SpanStatusCode
  statusMessage: string
  inputs: Json | undefined
  outputs: Json | undefined
  attributes: JsonObject | null
  attributeCount: number
  droppedAttributes: number
  events: EventRecord[] | null
  droppedEvents: number
  /** About how much memory it holds. */
  bytes: number
  /** What the queue counts it as while it waits; 0 when it does not. */
  charged: number
  announced: boolean
  /** Changed since it was announced. */
  changed: boolean
}

export function traceState(trace: TraceRecord): TraceState {
  if (trace.root === null || trace.root.endNs === null) return 'IN_PROGRESS'
  return trace.root.statusCode === 'ERROR' ? 'ERROR' : 'OK'
}

/** Whether a trace has anything to tell that its spans do not. */
export function needsInfo(trace: TraceRecord): boolean {
  return (
    trace.run !== null ||
    trace.clientRequestId !== null ||
    trace.requestPreview !== null ||
    trace.responsePreview !== null ||
    Object.keys(trace.metadata).length > 0 ||
    Object.keys(trace.tags).length > 0
  )
}
