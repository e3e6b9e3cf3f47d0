import type { Json, JsonObject, SpanKind, SpanStatusCode, TraceState } from '@voxtrace/model'
import type { TimeNs } from './options.ts'
import type { RunRecord } from './run.ts'

/** Where a trace or run goes: an experiment by id, or by a name that is resolved before sending. */
export interface ExperimentRef {
  id: string | null
  name: string | null
}

/** What a trace tells that its spans do not. */
export interface TraceInfo {
  metadata: Record<string, string>
  tags: Record<string, string>
  clientRequestId: string | null
  requestPreview: string | null
  responsePreview: string | null
  /** About how much memory it holds. */
  bytes: number
}

/**
 * Where the parent of a trace's first span is. `none`: it has none. `process`: a span of another instrumentation.
 * `remote`: another process, which tells the trace's info itself.
 */
export type TraceOrigin = 'none' | 'process' | 'remote'

/** What the client knows of one trace. */
export interface TraceRecord {
  readonly kind: 'trace'
  /** 32 hex digits. */
  id: string
  experiment: ExperimentRef
  run: RunRecord | null
  origin: TraceOrigin
  /** False when sampling left it out: nothing of it is recorded. */
  sampled: boolean
  info: TraceInfo | null
  /** The first span recorded of it. Null only until that is made, in the same call. */
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

interface LinkRecord {
  traceId: string
  spanId: string
  attributes: JsonObject
}

/** What few spans have, so that the others are small. */
export interface SpanExtras {
  kind: SpanKind
  events: EventRecord[]
  links: LinkRecord[]
  droppedAttributes: number
  droppedEvents: number
  droppedLinks: number
}

/** One span as plain data, changed in place until it is sent. */
export interface SpanRecord {
  readonly kind: 'span'
  trace: TraceRecord
  spanId: string
  parentSpanId: string | null
  name: string
  /** Empty for a span of another instrumentation, which tells its type in its own words. */
  spanType: string
  startNs: TimeNs
  endNs: TimeNs | null
  /** Whether it still takes anything in: not ended, and not left out by sampling. */
  open: boolean
  statusCode: SpanStatusCode
  statusMessage: string
  inputs: Json | undefined
  outputs: Json | undefined
  attributes: JsonObject | null
  attributeCount: number
  extras: SpanExtras | null
  /** About how much memory it holds. */
  bytes: number
  /** What the queue counts it as while it waits; 0 when it does not. */
  charged: number
  announced: boolean
  /** Changed since it was announced. */
  changed: boolean
  /** Whether it is among the open spans, and its neighbours there. */
  watched: boolean
  previous: SpanRecord | null
  next: SpanRecord | null
}

export function extrasOf(record: SpanRecord): SpanExtras {
  record.extras ??= {
    kind: 'INTERNAL',
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  }
  return record.extras
}

export function infoOf(trace: TraceRecord): TraceInfo {
  trace.info ??= {
    metadata: {},
    tags: {},
    clientRequestId: null,
    requestPreview: null,
    responsePreview: null,
    bytes: 0,
  }
  return trace.info
}

export function traceState(trace: TraceRecord): TraceState {
  if (trace.root === null || trace.root.endNs === null) return 'IN_PROGRESS'
  return trace.root.statusCode === 'ERROR' ? 'ERROR' : 'OK'
}

/** Whether a trace has anything to tell that its spans do not. */
export function needsInfo(trace: TraceRecord): boolean {
  return trace.run !== null || trace.info !== null || trace.origin === 'process'
}
