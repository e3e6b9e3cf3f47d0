import { type Json, textPreview, traceMetadata, traceTags } from '@voxtrace/model'
import { sql } from 'kysely'
import pg from 'pg'
import { BinaryRows } from './copy-in.ts'
import type { Connection, Copy, Transaction } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import type { SpanRecord } from './span-rows.ts'
import { type Usage, usageMetadata } from './trace-usage.ts'

/** A trace's row as spans find it. It is locked until the transaction ends. */
export interface KnownTrace {
  traceId: string
  experimentId: string
  usageByClient: boolean
  costByClient: boolean
  turnsDue: boolean
  rootSpanId: string | null
  rootStartNs: string | null
  rootEnded: boolean
  spanCount: number
  hasTurns: boolean
}

/** What spans that are being written tell of their trace. */
export interface TraceChange {
  traceId: string
  experimentId: string
  addedSpans: number
  addedErrors: number
  firstStart: bigint | null
  lastEnd: bigint | null
  metadata: Record<string, string>
  /** The root, when it is among the spans. */
  root: SpanRecord | null
  usage: Usage | null
}

/** Says that another transaction made a trace meanwhile; `Database.transaction` then runs the work again. */
class TraceAppeared extends Error {
  readonly code = '40001'
}

/**
 * Locks the rows that are there, in the order of their ids. Whoever writes anything of a trace holds its lock. Each is
 * locked by a statement of its own, since a table that is spread over machines takes no other.
 */
export async function lockTraces(
  transaction: Transaction,
  traces: { traceId: string }[],
): Promise<Map<string, KnownTrace>> {
  const traceIds = traces.map(({ traceId }) => traceId)
  const there = await transaction.rows(
    sql<{ traceId: string }>`SELECT trace_id AS "traceId" FROM traces WHERE trace_id = ANY(${traceIds})`,
  )
  const ids = there.map(({ traceId }) => traceId).sort()
  const rows = await transaction.rowsOfEach(
    ids.map(
      (traceId) => sql<KnownTrace>`
        SELECT trace_id AS "traceId", experiment_id::text AS "experimentId", usage_by_client AS "usageByClient",
          cost_by_client AS "costByClient", turns_due > 0 AS "turnsDue", root_span_id AS "rootSpanId",
          root_start_ns::text AS "rootStartNs", root_ended AS "rootEnded", span_count AS "spanCount",
          EXISTS (SELECT FROM turns WHERE turns.trace_id = ${traceId}) AS "hasTurns"
        FROM traces WHERE trace_id = ${traceId} FOR NO KEY UPDATE`,
    ),
  )
  return new Map(rows.flat().map((row) => [row.traceId, row]))
}

/** Where the files of a trace are, as MLflow's clients read it. */
export function artifactLocation(experimentId: string, traceId: string): string {
  return `mlflow-artifacts:/${experimentId}/traces/${traceId}/artifacts`
}

/** Traces that have no row yet, with their marks for the figures of dashboards, to be copied in. */
export function newTraces(changes: TraceChange[]): Copy[] {
  if (changes.length === 0) return []
  const rows = new BinaryRows(changes.length * expectedRowBytes)
  const marks = new BinaryRows(changes.length * expectedMarkBytes)
  for (const { traceId, experimentId, root, usage, firstStart, lastEnd, ...change } of changes) {
    const ended = hasEnded(root) ?? false
    const first = firstStart ?? 0n
    rows.begin(newTraceColumns.length)
    rows.text(traceId)
    rows.bigint(BigInt(experimentId))
    rows.bigint(first / 1_000_000n)
    rows.bigint(ended && lastEnd !== null ? (lastEnd - first + 500_000n) / 1_000_000n : null)
    rows.text(stateOf(root) ?? 'IN_PROGRESS')
    rows.text(preview(root?.facts.inputs, 'user'))
    rows.text(preview(root?.facts.outputs, 'assistant'))
    rows.jsonb(jsonText({ [traceMetadata.schemaVersion]: '3', ...change.metadata, ...usageMetadata(usage) }))
    rows.jsonb(
      jsonText({
        [traceTags.spansLocation]: 'TRACKING_STORE',
        [traceTags.artifactLocation]: artifactLocation(experimentId, traceId),
        ...rootTags(root),
      }),
    )
    rows.bigint(firstStart)
    rows.bigint(lastEnd)
    rows.text(root?.span.spanId ?? null)
    rows.bigint(root?.span.startTimeUnixNano ?? null)
    rows.boolean(ended)
    rows.integer(change.addedSpans)
    rows.integer(change.addedErrors)
    marks.begin(1)
    marks.text(traceId)
  }
  return [
    { text: `COPY traces (${newTraceColumns.join(', ')}) FROM STDIN (FORMAT binary)`, rows },
    { text: 'COPY traces_to_count (trace_id) FROM STDIN (FORMAT binary)', rows: marks },
  ]
}

const newTraceColumns = [
  'trace_id',
  'experiment_id',
  'request_time_ms',
  'execution_duration_ms',
  'state',
  'request_preview',
  'response_preview',
  'metadata',
  'tags',
  'first_start_ns',
  'last_end_ns',
  'root_span_id',
  'root_start_ns',
  'root_ended',
  'span_count',
  'error_count',
]

/** Two previews of up to 1000 characters, each reserved with three bytes, and the rest. */
const expectedRowBytes = 8_000
const expectedMarkBytes = 200

/** Runs the work again where another transaction made one of the traces after this one had looked for them. */
export function traceAppeared(error: unknown): unknown {
  // Citus adds the number of a shard.
  const isTaken = error instanceof pg.DatabaseError && /^traces_pkey(_\d+)?$/.test(error.constraint ?? '')
  return isTaken ? new TraceAppeared('another transaction made one of the traces', { cause: error }) : error
}

/**
 * Brings the rows of traces up to date with spans that have been written, and marks them for the
 * figures of dashboards. What the client has told wins.
 */
export async function updateTraces(transaction: Connection, changes: TraceChange[]): Promise<void> {
  if (changes.length === 0) return
  await transaction.rows(sql`
    WITH changed AS (
    UPDATE traces t SET
      span_count = t.span_count + n.added_spans,
      error_count = t.error_count + n.added_errors,
      first_start_ns = n.first_start_ns,
      last_end_ns = n.last_end_ns,
      root_span_id = coalesce(n.root_span_id, t.root_span_id),
      root_start_ns = coalesce(n.root_start_ns, t.root_start_ns),
      root_ended = n.ended,
      request_time_ms = CASE WHEN t.started_by_client THEN t.request_time_ms ELSE n.first_start_ns / 1000000 END,
      execution_duration_ms = CASE WHEN t.finished_by_client THEN t.execution_duration_ms
        WHEN n.ended THEN (n.last_end_ns - n.first_start_ns + 500000) / 1000000 END,
      state = CASE WHEN t.finished_by_client THEN t.state ELSE coalesce(n.state, t.state) END,
      request_preview = CASE WHEN t.finished_by_client AND t.request_preview IS NOT NULL THEN t.request_preview
        ELSE coalesce(n.request_preview, t.request_preview) END,
      response_preview = CASE WHEN t.finished_by_client AND t.response_preview IS NOT NULL THEN t.response_preview
        ELSE coalesce(n.response_preview, t.response_preview) END,
      metadata = n.metadata || t.metadata || n.told,
      tags = n.tags || t.tags
    FROM (
      SELECT c.*, least(o.first_start_ns, c.batch_start_ns) AS first_start_ns,
        greatest(o.last_end_ns, c.batch_end_ns) AS last_end_ns, coalesce(c.root_ended, o.root_ended) AS ended
      FROM unnest(
        ${changes.map((change) => change.traceId)}::text[],
        ${changes.map((change) => change.addedSpans)}::int[],
        ${changes.map((change) => change.addedErrors)}::int[],
        ${changes.map((change) => change.firstStart)}::bigint[],
        ${changes.map((change) => change.lastEnd)}::bigint[],
        ${changes.map(({ root }) => root?.span.spanId ?? null)}::text[],
        ${changes.map(({ root }) => root?.span.startTimeUnixNano ?? null)}::bigint[],
        ${changes.map(({ root }) => hasEnded(root))}::boolean[],
        ${changes.map(({ root }) => stateOf(root))}::text[],
        ${changes.map(({ root }) => preview(root?.facts.inputs, 'user'))}::text[],
        ${changes.map(({ root }) => preview(root?.facts.outputs, 'assistant'))}::text[],
        ${changes.map(({ metadata }) => jsonText(metadata))}::jsonb[],
        ${changes.map(({ usage }) => jsonText(usageMetadata(usage)))}::jsonb[],
        ${changes.map(({ root }) => jsonText(rootTags(root)))}::jsonb[]
      ) AS c (trace_id, added_spans, added_errors, batch_start_ns, batch_end_ns, root_span_id, root_start_ns, root_ended,
        state, request_preview, response_preview, metadata, told, tags)
      JOIN traces o USING (trace_id)
    ) AS n WHERE t.trace_id = n.trace_id RETURNING t.trace_id)
    INSERT INTO traces_to_count (trace_id) SELECT trace_id FROM changed`)
}

function hasEnded(root: SpanRecord | null): boolean | null {
  return root === null ? null : root.span.endTimeUnixNano !== null
}

function stateOf(root: SpanRecord | null): string | null {
  if (root === null) return null
  if (root.span.endTimeUnixNano === null) return 'IN_PROGRESS'
  return root.span.status.code === 'ERROR' ? 'ERROR' : 'OK'
}

function rootTags(root: SpanRecord | null): Record<string, string> {
  return root === null ? {} : { [traceTags.name]: storableText(root.span.name) }
}

/** The root among the records, or null when they hold none that counts: of several roots the earliest is the trace's. */
export function rootOf(trace: KnownTrace | undefined, records: SpanRecord[]): SpanRecord | null {
  let earliest: SpanRecord | null = null
  let same: SpanRecord | null = null
  for (const record of records) {
    if (record.span.parentSpanId !== null) continue
    if (record.span.spanId === trace?.rootSpanId) same = record
    if (earliest === null || record.span.startTimeUnixNano < earliest.span.startTimeUnixNano)
      earliest = record
  }
  if (trace === undefined || trace.rootStartNs === null || earliest === null) return earliest
  return earliest.span.startTimeUnixNano < BigInt(trace.rootStartNs) ? earliest : same
}

function preview(value: Json | undefined, role: 'user' | 'assistant'): string | null {
  const text = value === undefined ? null : textPreview(value, role)
  return text === null ? null : storableText(text)
}
