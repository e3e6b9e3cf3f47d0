import { type Json, textPreview, traceMetadata, traceTags } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import type { SpanRecord } from './span-rows.ts'
import type { KnownSpans } from './spans.ts'
import type { Usage } from './token-usage.ts'

/** A trace's row as a batch of spans finds it. The row is locked until the transaction ends. */
export interface IngestedTrace {
  traceId: string
  experimentId: string
  created: boolean
  startedByClient: boolean
  finishedByClient: boolean
  usageByClient: boolean
  rootSpanId: string | null
  rootStartNs: string | null
}

/** Makes the rows that are missing and locks all of them, in the order of `traceIds`, which must be sorted. */
export async function openTraces(
  transaction: Connection,
  experimentId: string,
  traceIds: string[],
): Promise<IngestedTrace[]> {
  const rows = traceIds.map(
    (traceId) =>
      sql`(${traceId}, ${experimentId}::bigint, ${Date.now()}::bigint, 'IN_PROGRESS', ${jsonText({
        [traceMetadata.schemaVersion]: '3',
      })}::jsonb, ${jsonText({
        [traceTags.spansLocation]: 'TRACKING_STORE',
        [traceTags.artifactLocation]: artifactLocation(experimentId, traceId),
      })}::jsonb)`,
  )
  return transaction.rows(sql<IngestedTrace>`
    INSERT INTO traces (trace_id, experiment_id, request_time_ms, state, metadata, tags) VALUES ${sql.join(rows)}
    ON CONFLICT (trace_id) DO UPDATE SET span_count = traces.span_count
    RETURNING trace_id AS "traceId", experiment_id::text AS "experimentId", xmax = 0 AS created,
      started_by_client AS "startedByClient", finished_by_client AS "finishedByClient",
      usage_by_client AS "usageByClient", root_span_id AS "rootSpanId", root_start_ns::text AS "rootStartNs"`)
}

/** Where the files of a trace are, as MLflow's clients read it. */
export function artifactLocation(experimentId: string, traceId: string): string {
  return `mlflow-artifacts:/${experimentId}/traces/${traceId}/artifacts`
}

/** Brings a trace's row up to date with spans that have just been written. */
export async function updateTrace(
  transaction: Connection,
  trace: IngestedTrace,
  records: SpanRecord[],
  known: KnownSpans,
  usage: Usage | null,
  facts: Record<string, string>,
): Promise<void> {
  if (records.length === 0) return
  let added = 0
  let failed = 0
  let firstStart: bigint | null = null
  let lastEnd: bigint | null = null
  const metadata: Record<string, string> = { ...facts }
  for (const { traceId, span, facts } of records) {
    const earlier = known.get(`${traceId}/${span.spanId}`)
    if (earlier === undefined) added++
    failed += Number(span.status.code === 'ERROR') - Number(earlier?.failed ?? false)
    if (firstStart === null || span.startTimeUnixNano < firstStart) firstStart = span.startTimeUnixNano
    const end = span.endTimeUnixNano
    if (end !== null && (lastEnd === null || end > lastEnd)) lastEnd = end
    if (facts.sessionId !== null) metadata[traceMetadata.session] ??= storableText(facts.sessionId)
    if (facts.userId !== null) metadata[traceMetadata.user] ??= storableText(facts.userId)
  }
  const told = usage === null ? {} : { [traceMetadata.tokenUsage]: usageText(usage) }
  const root = rootOf(trace, records)
  const firstStartNs = sql`least(first_start_ns, ${firstStart?.toString() ?? null}::bigint)`
  const lastEndNs = sql`greatest(last_end_ns, ${lastEnd?.toString() ?? null}::bigint)`
  const rootEnded = root === null ? sql`root_ended` : sql`${root.span.endTimeUnixNano !== null}::boolean`
  await transaction.rows(sql`
    UPDATE traces SET ${root === null ? sql`` : sql`${rootAssignments(root)},`}
      span_count = span_count + ${added}::int,
      error_count = error_count + ${failed}::int,
      first_start_ns = ${firstStartNs},
      last_end_ns = ${lastEndNs},
      request_time_ms = CASE WHEN started_by_client THEN request_time_ms ELSE ${firstStartNs} / 1000000 END,
      execution_duration_ms = CASE WHEN finished_by_client THEN execution_duration_ms
        WHEN ${rootEnded} THEN (${lastEndNs} - ${firstStartNs} + 500000) / 1000000 END,
      metadata = ${jsonText(metadata)}::jsonb || metadata || ${jsonText(told)}::jsonb
    WHERE trace_id = ${trace.traceId}`)
}

/** What the root tells of its trace, as far as the client has not told it. */
function rootAssignments({ span, facts }: SpanRecord) {
  const ended = span.endTimeUnixNano !== null
  const state = !ended ? 'IN_PROGRESS' : span.status.code === 'ERROR' ? 'ERROR' : 'OK'
  return sql`
      root_span_id = ${span.spanId},
      root_start_ns = ${span.startTimeUnixNano.toString()}::bigint,
      root_ended = ${ended}::boolean,
      state = CASE WHEN finished_by_client THEN state ELSE ${state} END,
      request_preview = CASE WHEN finished_by_client AND request_preview IS NOT NULL THEN request_preview
        ELSE coalesce(${preview(facts.inputs, 'user')}::text, request_preview) END,
      response_preview = CASE WHEN finished_by_client AND response_preview IS NOT NULL THEN response_preview
        ELSE coalesce(${preview(facts.outputs, 'assistant')}::text, response_preview) END,
      tags = ${jsonText({ [traceTags.name]: storableText(span.name) })}::jsonb || tags`
}

/** The root among the records, or null when they hold none that counts: of several roots the earliest is the trace's. */
function rootOf(trace: IngestedTrace, records: SpanRecord[]): SpanRecord | null {
  const roots = records.filter(({ span }) => span.parentSpanId === null)
  const same = roots.find(({ span }) => span.spanId === trace.rootSpanId)
  const earliest = roots.reduce<SpanRecord | null>(
    (first, root) =>
      first === null || root.span.startTimeUnixNano < first.span.startTimeUnixNano ? root : first,
    null,
  )
  if (trace.rootSpanId === null || trace.rootStartNs === null || earliest === null) return earliest
  return earliest.span.startTimeUnixNano < BigInt(trace.rootStartNs) ? earliest : (same ?? null)
}

function usageText(usage: Usage): string {
  return JSON.stringify({ input_tokens: usage.input, output_tokens: usage.output, total_tokens: usage.total })
}

function preview(value: Json, role: 'user' | 'assistant'): string | null {
  const text = textPreview(value, role)
  return text === null ? null : storableText(text)
}
