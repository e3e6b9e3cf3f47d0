import {
  type Assessment,
  type TraceFacts,
  type TraceInfo,
  type TraceState,
  traceMetadata,
  traceTags,
  VoxtraceError,
} from '@voxtrace/model'
import { sql } from 'kysely'
import { insertAssessments, type NewAssessment, readAssessments } from './assessments.ts'
import { markForCounting } from './dashboard/counting.ts'
import type { Connection, Database, Transaction } from './database.ts'
import { isExperimentId, noExperiment } from './experiments.ts'
import { indexableText, jsonText, storableRecord, storableText } from './json-text.ts'
import type { Live } from './live.ts'
import type { MetTraces } from './met-traces.ts'
import { recordingTables } from './recordings.ts'
import { artifactLocation } from './trace-ingest.ts'

/** A trace's info as its client sends it. */
export interface NewTrace {
  /** `tr-` and 32 hex digits. */
  traceId: string
  experimentId: string
  clientRequestId?: string | null
  requestTimeMs: number
  executionDurationMs?: number | null
  state: TraceState
  requestPreview?: string | null
  responsePreview?: string | null
  metadata?: Record<string, string>
  tags?: Record<string, string>
  assessments?: NewAssessment[]
}

export interface TraceDeletion {
  experimentId: string
  traceIds?: string[]
  /** Traces that began at or before this time; with `limit`, the oldest of them. */
  maxTimestampMs?: number
  limit?: number
}

/** The columns that make `TraceFacts`, of a table aliased `t`. */
export const traceColumns = sql`
  t.trace_id AS "traceId", t.experiment_id::text AS "experimentId", t.client_request_id AS "clientRequestId",
  t.request_time_ms AS "requestTimeMs", t.execution_duration_ms AS "executionDurationMs", t.state,
  t.request_preview AS "requestPreview", t.response_preview AS "responsePreview", t.metadata, t.tags`

/** Adds the assessments to trace rows: all, or those named. */
export async function withAssessments(
  connection: Connection,
  rows: TraceFacts[],
  assessmentIds: readonly string[] | null = null,
): Promise<TraceInfo[]> {
  if (rows.length === 0) return []
  const assessments = await readAssessments(
    connection,
    rows.map((row) => row.traceId),
    assessmentIds,
  )
  return rows.map((row) => ({ ...row, assessments: assessments.get(row.traceId) ?? ([] as Assessment[]) }))
}

/** What is known of traces without their spans. */
export class Traces {
  readonly #database: Database
  readonly #live: Live
  readonly #met: MetTraces

  constructor(database: Database, live: Live, met: MetTraces) {
    this.#database = database
    this.#live = live
    this.#met = met
  }

  /**
   * Records a trace's info, before or after its spans and as often as wanted. Of what both tell, the info wins; a
   * state IN_PROGRESS leaves the outcome to the spans. Metadata and tags are merged.
   *
   * @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when the experiment does not exist
   */
  async start(trace: NewTrace): Promise<TraceInfo> {
    const traceId = storableText(trace.traceId)
    if (!isExperimentId(trace.experimentId)) throw noExperiment(trace.experimentId)
    this.#met.add(traceId)
    const finished = trace.state === 'OK' || trace.state === 'ERROR'
    const metadata = storableMetadata({ [traceMetadata.schemaVersion]: '3', ...trace.metadata })
    const tags = storableRecord(trace.tags ?? {})
    const ownTags = {
      [traceTags.spansLocation]: 'TRACKING_STORE',
      [traceTags.artifactLocation]: artifactLocation(trace.experimentId, traceId),
    }
    const { info, created } = await this.#database.transaction(async (transaction) => {
      const [experiment] = await transaction.rows(
        sql`SELECT FROM experiments WHERE experiment_id = ${trace.experimentId}::bigint`,
      )
      if (experiment === undefined) throw noExperiment(trace.experimentId)
      const [row] = await transaction.rows(sql<TraceFacts & { created: boolean }>`
        INSERT INTO traces AS t (trace_id, experiment_id, client_request_id, request_time_ms, execution_duration_ms, state,
          request_preview, response_preview, metadata, tags, started_by_client, finished_by_client, usage_by_client, cost_by_client)
        VALUES (${traceId}, ${trace.experimentId}::bigint, ${textOrNull(trace.clientRequestId)}, ${trace.requestTimeMs}::bigint,
          ${trace.executionDurationMs ?? null}::bigint, ${trace.state}, ${textOrNull(trace.requestPreview)},
          ${textOrNull(trace.responsePreview)}, ${jsonText(metadata)}::jsonb, ${jsonText({ ...tags, ...ownTags })}::jsonb,
          true, ${finished}, ${traceMetadata.tokenUsage in metadata}, ${traceMetadata.cost in metadata})
        ON CONFLICT (trace_id) DO UPDATE SET
          experiment_id = EXCLUDED.experiment_id,
          client_request_id = coalesce(EXCLUDED.client_request_id, t.client_request_id),
          request_time_ms = EXCLUDED.request_time_ms,
          execution_duration_ms = coalesce(EXCLUDED.execution_duration_ms, t.execution_duration_ms),
          state = CASE WHEN EXCLUDED.finished_by_client THEN EXCLUDED.state ELSE t.state END,
          request_preview = coalesce(EXCLUDED.request_preview, t.request_preview),
          response_preview = coalesce(EXCLUDED.response_preview, t.response_preview),
          metadata = t.metadata || EXCLUDED.metadata,
          tags = t.tags || EXCLUDED.tags,
          started_by_client = true,
          finished_by_client = t.finished_by_client OR EXCLUDED.finished_by_client,
          usage_by_client = t.usage_by_client OR EXCLUDED.usage_by_client,
          cost_by_client = t.cost_by_client OR EXCLUDED.cost_by_client
        RETURNING ${traceColumns}, xmax = 0 AS created`)
      if (row === undefined) throw new Error('the trace was not written')
      await insertAssessments(transaction, trace.assessments ?? [])
      await markForCounting(transaction, [traceId])
      const { created, ...columns } = row
      const [info] = await withAssessments(transaction, [columns])
      if (info === undefined) throw new Error('the trace was not read')
      return { info, created }
    })
    this.#announce(info, created ? 'created' : 'updated')
    return info
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(traceId: string): Promise<TraceInfo> {
    const [info] = await this.getMany([traceId])
    if (info === undefined) throw noTrace(traceId)
    return info
  }

  /** The traces that exist of those asked for, in the order asked. */
  async getMany(traceIds: string[]): Promise<TraceInfo[]> {
    const ids = traceIds.map(storableText)
    const rows = await this.#database.rows(sql<TraceFacts>`
      SELECT ${traceColumns} FROM traces t WHERE trace_id = ANY(${ids}) ORDER BY array_position(${ids}, trace_id)`)
    return withAssessments(this.#database, rows)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setTag(traceId: string, key: string, value: string): Promise<void> {
    const tag = jsonText({ [storableText(key)]: storableText(value) })
    await this.#change(traceId, sql`tags = tags || ${tag}::jsonb`)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when there is no such trace or tag */
  async deleteTag(traceId: string, key: string): Promise<void> {
    const info = await this.get(traceId)
    if (!Object.hasOwn(info.tags, key)) {
      throw new VoxtraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `No trace tag with key '${key}' for trace with ID '${traceId}'`,
      )
    }
    await this.#change(traceId, sql`tags = tags - ${key}::text`)
  }

  async #change(traceId: string, assignment: ReturnType<typeof sql>): Promise<void> {
    const id = storableText(traceId)
    const { experimentId } = await this.#database.transaction(async (transaction) => {
      const [row] = await transaction.rows(sql<{ experimentId: string }>`
        UPDATE traces SET ${assignment} WHERE trace_id = ${id} RETURNING experiment_id::text AS "experimentId"`)
      if (row === undefined) throw noTrace(traceId)
      await markForCounting(transaction, [id])
      return row
    })
    this.#announce({ traceId, experimentId }, 'updated')
  }

  /** Adds traces to a run that did not make them. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async linkToRun(traceIds: string[], runId: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const [run] = await transaction.rows(sql`SELECT FROM runs WHERE run_id = ${storableText(runId)}`)
      if (run === undefined)
        throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Run with id=${runId} not found`)
      await transaction.rows(sql`
        INSERT INTO trace_runs (trace_id, run_id)
        SELECT DISTINCT id, ${runId} FROM unnest(${traceIds.map(storableText)}::text[]) AS id
        ORDER BY id ON CONFLICT DO NOTHING`)
    })
  }

  /**
   * Deletes traces with their spans, turns and assessments, some hundreds in a transaction. Returns how many. Where it
   * fails in between, those of before are gone, and deleting again deletes the rest.
   */
  async delete(deletion: TraceDeletion): Promise<number> {
    if (!isExperimentId(deletion.experimentId)) throw noExperiment(deletion.experimentId)
    const conditions = [sql`experiment_id = ${deletion.experimentId}::bigint`]
    if (deletion.traceIds !== undefined)
      conditions.push(sql`trace_id = ANY(${deletion.traceIds.map(storableText)})`)
    if (deletion.maxTimestampMs !== undefined)
      conditions.push(sql`request_time_ms <= ${deletion.maxTimestampMs}::bigint`)
    const chosen = await this.#database.rows(sql<{ traceId: string }>`
      SELECT trace_id AS "traceId" FROM traces WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY request_time_ms, trace_id ${deletion.limit === undefined ? sql`` : sql`LIMIT ${deletion.limit}`}`)
    let deleted = 0
    for (let first = 0; first < chosen.length; first += deletedAtOnce) {
      const ids = chosen.slice(first, first + deletedAtOnce).map((row) => row.traceId)
      const gone = await this.#database.transaction((transaction) => deleteTraces(transaction, ids.sort()))
      for (const traceId of gone) this.#announce({ traceId, experimentId: deletion.experimentId }, 'deleted')
      deleted += gone.length
    }
    return deleted
  }

  #announce(
    trace: { traceId: string; experimentId: string },
    change: 'created' | 'updated' | 'deleted',
  ): void {
    this.#live.announce({ type: 'trace', traceId: trace.traceId, experimentId: trace.experimentId, change })
  }
}

/** Traces that are deleted in one transaction. */
const deletedAtOnce = 500

/** Deletes traces, their ids sorted. Returns those that were there. */
async function deleteTraces(transaction: Transaction, traceIds: string[]): Promise<string[]> {
  const locked = await transaction.rowsOfEach(
    traceIds.map(
      (id) =>
        sql<{ traceId: string }>`SELECT trace_id AS "traceId" FROM traces WHERE trace_id = ${id} FOR UPDATE`,
    ),
  )
  const ids = locked.flat().map(({ traceId }) => traceId)
  for (const table of ['traces', 'spans', 'turns', 'assessments', 'trace_runs', ...recordingTables]) {
    await transaction.rows(sql`DELETE FROM ${sql.table(table)} WHERE trace_id = ANY(${ids})`)
  }
  await markForCounting(transaction, ids)
  return ids
}

export function noTrace(traceId: string): VoxtraceError {
  return new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${traceId}' not found.`)
}

function textOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : storableText(text)
}

/** What of the metadata traces are looked up by. */
const indexedMetadata = [traceMetadata.session, traceMetadata.user, traceMetadata.sourceRun]

function storableMetadata(metadata: Record<string, string>): Record<string, string> {
  const storable = storableRecord(metadata)
  for (const key of indexedMetadata) {
    const value = storable[key]
    if (value !== undefined) storable[key] = indexableText(value)
  }
  return storable
}
