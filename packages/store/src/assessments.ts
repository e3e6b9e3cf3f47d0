import { randomUUID } from 'node:crypto'
import {
  type Assessment,
  type AssessmentError,
  type AssessmentSourceType,
  type Json,
  VoxtraceError,
} from '@voxtrace/model'
import { sql } from 'kysely'
import { markForCounting } from './dashboard/counting.ts'
import type { Connection, Database } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import type { Live } from './live.ts'

/** An assessment to create. With an id of the caller's, creating it again answers the one that is there. */
export interface NewAssessment {
  assessmentId?: string
  traceId: string
  spanId?: string | null
  name: string
  kind: 'feedback' | 'expectation'
  source: { type: AssessmentSourceType; id: string }
  value?: Json
  /** Only of feedback: why there is no value. */
  error?: AssessmentError | null
  rationale?: string | null
  metadata?: Record<string, string>
  overrides?: string | null
  valid?: boolean
  createTimeMs?: number
  lastUpdateTimeMs?: number
}

/** What is given is changed; metadata is merged. */
export interface AssessmentChange {
  name?: string
  /** Which kind of value is given; an assessment of the other kind refuses it. */
  kind?: 'feedback' | 'expectation'
  value?: Json
  error?: AssessmentError | null
  rationale?: string | null
  metadata?: Record<string, string>
  valid?: boolean
}

interface AssessmentRow {
  traceId: string
  assessmentId: string
  kind: 'feedback' | 'expectation'
  name: string
  spanId: string | null
  sourceType: AssessmentSourceType
  sourceId: string
  createTimeMs: number
  lastUpdateTimeMs: number
  value: Json
  error: AssessmentError | null
  rationale: string | null
  metadata: Record<string, string>
  overrides: string | null
  valid: boolean
}

const columns = sql`
  trace_id AS "traceId", assessment_id AS "assessmentId", kind, name, span_id AS "spanId", source_type AS "sourceType",
  source_id AS "sourceId", create_time_ms AS "createTimeMs", last_update_time_ms AS "lastUpdateTimeMs", value, error,
  rationale, metadata, overrides, valid`

function fromRow({ sourceType, sourceId, kind, error, ...rest }: AssessmentRow): Assessment {
  const source = { type: sourceType, id: sourceId }
  return kind === 'feedback' ? { ...rest, kind, source, error } : { ...rest, kind, source }
}

/** Feedback and expectations on traces and spans. */
export class Assessments {
  readonly #database: Database
  readonly #live: Live

  constructor(database: Database, live: Live) {
    this.#database = database
    this.#live = live
  }

  /**
   * Creates an assessment; one that it overrides becomes invalid.
   *
   * @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when the trace, or the assessment it overrides, does not exist
   */
  async create(assessment: NewAssessment): Promise<Assessment> {
    const assessmentId = assessment.assessmentId ?? `a-${randomUUID().replaceAll('-', '')}`
    const { created, experimentId } = await this.#database.transaction(async (transaction) => {
      const experimentId = await lockTrace(transaction, assessment.traceId)
      const inserted = await insert(transaction, assessmentId, assessment)
      if (inserted && assessment.overrides != null)
        await overrule(transaction, assessment.traceId, assessment.overrides)
      return { created: await read(transaction, assessment.traceId, assessmentId), experimentId }
    })
    this.#announce(created, experimentId)
    return created
  }

  /**
   * Writes what is found now in the place of what was found before under the same id, unless that is to stay.
   * Answers what then stands.
   *
   * @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when the trace does not exist
   */
  async put(
    assessment: NewAssessment & { assessmentId: string },
    stays: (standing: Assessment) => boolean,
  ): Promise<Assessment> {
    const { traceId, assessmentId } = assessment
    const { put, experimentId } = await this.#database.transaction(async (transaction) => {
      const experimentId = await lockTrace(transaction, traceId)
      if (!(await insert(transaction, assessmentId, assessment))) {
        const standing = await read(transaction, traceId, assessmentId)
        if (stays(standing)) return { put: standing, experimentId }
        await change(transaction, traceId, assessmentId, assessment)
      }
      return { put: await read(transaction, traceId, assessmentId), experimentId }
    })
    this.#announce(put, experimentId)
    return put
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(traceId: string, assessmentId: string): Promise<Assessment> {
    return read(this.#database, traceId, assessmentId)
  }

  /** The assessments of several traces, oldest first. */
  async ofTraces(traceIds: string[]): Promise<Map<string, Assessment[]>> {
    return readAssessments(this.#database, traceIds)
  }

  /** Those of the assessments of a trace that are there, by id. */
  async getMany(traceId: string, assessmentIds: string[]): Promise<Map<string, Assessment>> {
    const rows = await this.#database.rows(sql<AssessmentRow>`
      SELECT ${columns} FROM assessments
      WHERE trace_id = ${storableText(traceId)} AND assessment_id = ANY(${assessmentIds})`)
    return new Map(rows.map((row) => [row.assessmentId, fromRow(row)]))
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE for a value of the other kind */
  async update(traceId: string, assessmentId: string, changed: AssessmentChange): Promise<Assessment> {
    const { updated, experimentId } = await this.#database.transaction(async (transaction) => {
      const experimentId = await lockTrace(transaction, traceId)
      checkKind(await read(transaction, traceId, assessmentId), changed.kind)
      await change(transaction, traceId, assessmentId, changed)
      return { updated: await read(transaction, traceId, assessmentId), experimentId }
    })
    this.#announce(updated, experimentId)
    return updated
  }

  /** Deletes an assessment, if it is there; one that it had overridden is valid again. */
  async delete(traceId: string, assessmentId: string): Promise<void> {
    const gone = await this.#database.transaction(async (transaction) => {
      const [deleted] = await rowsOf(transaction, traceId, assessmentId)
      if (deleted === undefined) return null
      const experimentId = await lockTrace(transaction, traceId)
      await transaction.rows(
        sql`DELETE FROM assessments WHERE trace_id = ${traceId} AND assessment_id = ${assessmentId}`,
      )
      if (deleted.overrides !== null) {
        await transaction.rows(sql`
          UPDATE assessments SET valid = true WHERE trace_id = ${traceId} AND assessment_id = ${deleted.overrides}`)
      }
      return { deleted, experimentId }
    })
    if (gone !== null) this.#announce(gone.deleted, gone.experimentId)
  }

  #announce({ traceId, assessmentId, name }: Assessment, experimentId: string): void {
    this.#live.announce({ type: 'assessment', traceId, experimentId, assessmentId, name })
  }
}

/** Creates assessments that came with a trace's info; those that are there already stay as they are. */
export async function insertAssessments(
  transaction: Connection,
  assessments: NewAssessment[],
): Promise<void> {
  for (const assessment of assessments) {
    await insert(transaction, assessment.assessmentId ?? `a-${randomUUID().replaceAll('-', '')}`, assessment)
  }
}

/** @param assessmentIds those that are read; null for all */
export async function readAssessments(
  connection: Connection,
  traceIds: string[],
  assessmentIds: readonly string[] | null = null,
): Promise<Map<string, Assessment[]>> {
  const named = assessmentIds && sql`AND assessment_id = ANY(${assessmentIds.map(storableText)}::text[])`
  const rows = await connection.rows(sql<AssessmentRow>`
    SELECT ${columns} FROM assessments WHERE trace_id = ANY(${traceIds.map(storableText)}) ${named ?? sql``}
    ORDER BY create_time_ms, assessment_id`)
  return Map.groupBy(rows.map(fromRow), (assessment) => assessment.traceId)
}

async function lockTrace(transaction: Connection, traceId: string): Promise<string> {
  const [trace] = await transaction.rows(sql<{ experimentId: string }>`
    SELECT experiment_id::text AS "experimentId" FROM traces WHERE trace_id = ${storableText(traceId)} FOR NO KEY UPDATE`)
  if (trace === undefined) {
    throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${traceId}' not found.`)
  }
  await markForCounting(transaction, [traceId])
  return trace.experimentId
}

async function insert(
  transaction: Connection,
  assessmentId: string,
  assessment: NewAssessment,
): Promise<boolean> {
  const now = Date.now()
  const inserted = await transaction.changes(sql`
    INSERT INTO assessments (trace_id, assessment_id, kind, name, span_id, source_type, source_id, create_time_ms,
      last_update_time_ms, value, error, rationale, metadata, overrides, valid)
    VALUES (${assessment.traceId}, ${storableText(assessmentId)}, ${assessment.kind}, ${storableText(assessment.name)},
      ${assessment.spanId ?? null}, ${assessment.source.type}, ${storableText(assessment.source.id)},
      ${assessment.createTimeMs ?? now}::bigint, ${assessment.lastUpdateTimeMs ?? now}::bigint,
      ${jsonText(assessment.value ?? null)}::json, ${errorText(assessment.error ?? null)}::json,
      ${textOrNull(assessment.rationale ?? null)}, ${jsonText(assessment.metadata ?? {})}::jsonb,
      ${textOrNull(assessment.overrides ?? null)}, ${assessment.valid ?? true})
    ON CONFLICT (trace_id, assessment_id) DO NOTHING`)
  return inserted > 0
}

async function change(
  transaction: Connection,
  traceId: string,
  assessmentId: string,
  { name, value, error, rationale, metadata, valid }: AssessmentChange,
): Promise<void> {
  const assignments = [
    sql`last_update_time_ms = ${Date.now()}::bigint`,
    ...(name === undefined ? [] : [sql`name = ${storableText(name)}`]),
    ...(value === undefined ? [] : [sql`value = ${jsonText(value)}::json`]),
    ...(error === undefined ? [] : [sql`error = ${errorText(error)}::json`]),
    ...(rationale === undefined ? [] : [sql`rationale = ${textOrNull(rationale)}`]),
    ...(metadata === undefined ? [] : [sql`metadata = metadata || ${jsonText(metadata)}::jsonb`]),
    ...(valid === undefined ? [] : [sql`valid = ${valid}`]),
  ]
  await transaction.rows(sql`
    UPDATE assessments SET ${sql.join(assignments)}
    WHERE trace_id = ${traceId} AND assessment_id = ${storableText(assessmentId)}`)
}

async function overrule(transaction: Connection, traceId: string, overridden: string): Promise<void> {
  const changed = await transaction.changes(sql`
    UPDATE assessments SET valid = false WHERE trace_id = ${traceId} AND assessment_id = ${storableText(overridden)}`)
  if (changed === 0) throw noAssessment(traceId, overridden)
}

async function read(connection: Connection, traceId: string, assessmentId: string): Promise<Assessment> {
  const [found] = await rowsOf(connection, traceId, assessmentId)
  if (found === undefined) throw noAssessment(traceId, assessmentId)
  return found
}

async function rowsOf(connection: Connection, traceId: string, assessmentId: string): Promise<Assessment[]> {
  const rows = await connection.rows(sql<AssessmentRow>`
    SELECT ${columns} FROM assessments
    WHERE trace_id = ${storableText(traceId)} AND assessment_id = ${storableText(assessmentId)}`)
  return rows.map(fromRow)
}

function checkKind(assessment: Assessment, given: AssessmentChange['kind']): void {
  if (given === undefined || given === assessment.kind) return
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    given === 'expectation'
      ? 'Cannot update expectation value on a Feedback assessment.'
      : 'Cannot update feedback value on an Expectation assessment.',
  )
}

function noAssessment(traceId: string, assessmentId: string): VoxtraceError {
  return new VoxtraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `Assessment with ID '${assessmentId}' not found for trace '${traceId}'`,
  )
}

function errorText(error: AssessmentError | null): string | null {
  return error === null ? null : jsonText(error)
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text)
}
