import { isTurnSpan, type Span, traceMetadata } from '@voxtrace/model'
import { indexableText } from './json-text.ts'
import { readSpanFacts } from './span-facts.ts'
import type { SpanRecord } from './span-rows.ts'
import { type KnownTrace, rootOf, type TraceChange } from './trace-ingest.ts'

export interface SpanBatch {
  /** Where traces that are not known yet are put. */
  experimentId: string
  spans: Span[]
  /** A run that the traces belong to. */
  runId?: string
}

/** The spans of one trace that are written together. */
export interface TraceSpans {
  traceId: string
  experimentId: string
  runId: string | undefined
  /** One a span, in the order of their ids. */
  records: SpanRecord[]
}

/** What the rows say of the spans of a trace that have one already, by the ids of spans. */
export type KnownSpans = Map<string, { ended: boolean; failed: boolean }>

/** Gathers the spans of batches by trace, sorted by id, of several records of a span the one that wins. */
export function spansByTrace(batches: SpanBatch[]): TraceSpans[] {
  const traces = new Map<string, Omit<TraceSpans, 'records'> & { latest: Map<string, Span> }>()
  for (const { experimentId, runId, spans } of batches) {
    for (const span of spans) {
      let trace = traces.get(span.traceId)
      if (trace === undefined) {
        trace = { traceId: `tr-${span.traceId}`, experimentId, runId, latest: new Map() }
        traces.set(span.traceId, trace)
      }
      trace.runId ??= runId
      const earlier = trace.latest.get(span.spanId)
      if (earlier === undefined || earlier.endTimeUnixNano === null || span.endTimeUnixNano !== null)
        trace.latest.set(span.spanId, span)
    }
  }
  return [...traces.values()]
    .sort((a, b) => (a.traceId < b.traceId ? -1 : 1))
    .map(({ latest, ...trace }) => ({
      ...trace,
      records: [...latest.values()]
        .sort((a, b) => (a.spanId < b.spanId ? -1 : 1))
        .map((span) => ({
          traceId: trace.traceId,
          span,
          facts: readSpanFacts(span),
          isTurn: isTurnSpan(span),
        })),
    }))
}

/** What the winning records tell of their trace; its tokens are left to be told. */
export function traceChange(
  { traceId, experimentId, runId }: TraceSpans,
  trace: KnownTrace | undefined,
  records: SpanRecord[],
  known: KnownSpans | undefined,
): TraceChange {
  let addedSpans = 0
  let addedErrors = 0
  let firstStart: bigint | null = null
  let lastEnd: bigint | null = null
  const metadata: Record<string, string> =
    runId === undefined ? {} : { [traceMetadata.sourceRun]: indexableText(runId) }
  for (const { span, facts } of records) {
    const earlier = known?.get(span.spanId)
    if (earlier === undefined) addedSpans++
    addedErrors += Number(span.status.code === 'ERROR') - Number(earlier?.failed ?? false)
    if (firstStart === null || span.startTimeUnixNano < firstStart) firstStart = span.startTimeUnixNano
    const end = span.endTimeUnixNano
    if (end !== null && (lastEnd === null || end > lastEnd)) lastEnd = end
    if (facts.sessionId !== null) metadata[traceMetadata.session] ??= indexableText(facts.sessionId)
    if (facts.userId !== null) metadata[traceMetadata.user] ??= indexableText(facts.userId)
  }
  return {
    traceId,
    experimentId: trace?.experimentId ?? experimentId,
    addedSpans,
    addedErrors,
    firstStart,
    lastEnd,
    metadata,
    root: rootOf(trace, records),
    usage: null,
  }
}
