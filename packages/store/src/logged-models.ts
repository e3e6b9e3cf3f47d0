import { randomUUID } from 'node:crypto'
import { type LoggedModel, type LoggedModelStatus, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { type Experiments, isExperimentId } from './experiments.ts'
import { jsonText, storableRecord, storableText } from './json-text.ts'
import { runName } from './run-name.ts'
import type { Page } from './search/query.ts'
import { searchTagged, type TaggedQuery, type TaggedTable } from './search/tagged.ts'

export interface NewLoggedModel {
  experimentId: string
  /** One is made up when empty. */
  name: string
  modelType: string
  sourceRunId: string
  tags: Record<string, string>
  params: Record<string, string>
}

export interface LoggedModelQuery extends TaggedQuery {
  experimentIds: string[]
}

const columns = sql`
  m.model_id AS "modelId", m.experiment_id::text AS "experimentId", m.name, m.model_type AS "modelType",
  m.source_run_id AS "sourceRunId", m.status, m.artifact_uri AS "artifactUri", m.creation_time_ms AS "creationTimeMs",
  m.last_update_time_ms AS "lastUpdateTimeMs", m.tags, m.params`

const table: TaggedTable<LoggedModel> = {
  entity: 'logged_models',
  selected: columns,
  from: sql<LoggedModel>`logged_models m`,
  columns: {
    name: sql`m.name`,
    model_id: sql`m.model_id`,
    model_type: sql`m.model_type`,
    status: sql`replace(m.status, 'LOGGED_MODEL_', '')`,
    source_run_id: sql`m.source_run_id`,
    creation_timestamp: sql`m.creation_time_ms`,
    creation_time: sql`m.creation_time_ms`,
    last_updated_timestamp: sql`m.last_update_time_ms`,
    last_updated_time: sql`m.last_update_time_ms`,
  },
  tags: sql`m.tags`,
  defaultOrder: [
    { expression: sql`m.creation_time_ms`, type: 'bigint', ascending: false, nullable: false },
    { expression: sql`m.model_id`, type: 'text', ascending: true, nullable: false },
  ],
}

/** Models that runs logged. */
export class LoggedModels {
  readonly #database: Database
  readonly #experiments: Experiments

  constructor(database: Database, experiments: Experiments) {
    this.#database = database
    this.#experiments = experiments
  }

  /** @throws VoxtraceError when the experiment does not exist or is deleted */
  async create(model: NewLoggedModel): Promise<LoggedModel> {
    const experiment = await this.#experiments.requireActive(model.experimentId)
    const modelId = `m-${randomUUID().replaceAll('-', '')}`
    const now = Date.now()
    await this.#database.rows(sql`
      INSERT INTO logged_models (model_id, experiment_id, name, model_type, source_run_id, status, artifact_uri,
        creation_time_ms, last_update_time_ms, tags, params)
      VALUES (${modelId}, ${model.experimentId}::bigint, ${storableText(model.name || runName())},
        ${storableText(model.modelType)}, ${storableText(model.sourceRunId)}, 'LOGGED_MODEL_PENDING',
        ${`${experiment.artifactLocation}/models/${modelId}/artifacts`}, ${now}::bigint, ${now}::bigint,
        ${jsonText(storableRecord(model.tags))}::jsonb, ${jsonText(storableRecord(model.params))}::jsonb)`)
    return this.get(modelId)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(modelId: string, options: { evenDeleted?: boolean } = {}): Promise<LoggedModel> {
    const [row] = await this.#database.rows(sql<LoggedModel>`
      SELECT ${table.selected} FROM ${table.from} WHERE m.model_id = ${storableText(modelId)}
        AND (NOT m.deleted OR ${options.evenDeleted ?? false})`)
    if (row === undefined) throw noModel(modelId)
    return row
  }

  /** Newest first unless ordered otherwise. */
  async search(query: LoggedModelQuery): Promise<Page<LoggedModel>> {
    const ids = query.experimentIds.filter(isExperimentId)
    const shown = () => sql`NOT m.deleted AND m.experiment_id = ANY(${ids}::bigint[])`
    return searchTagged(this.#database, { ...table, shown }, query)
  }

  /** Says how the upload of a model ended. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async finalize(modelId: string, status: LoggedModelStatus): Promise<LoggedModel> {
    await this.#change(modelId, sql`status = ${status}`)
    return this.get(modelId)
  }

  /** Deletes softly. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async delete(modelId: string): Promise<void> {
    await this.#change(modelId, sql`deleted = true`)
  }

  /** Params stay as they were first logged. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async logParams(modelId: string, params: Record<string, string>): Promise<void> {
    await this.#change(modelId, sql`params = ${jsonText(storableRecord(params))}::jsonb || params`)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setTags(modelId: string, tags: Record<string, string>): Promise<LoggedModel> {
    await this.#change(modelId, sql`tags = tags || ${jsonText(storableRecord(tags))}::jsonb`)
    return this.get(modelId)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when there is no such model or tag */
  async deleteTag(modelId: string, key: string): Promise<void> {
    const { tags } = await this.get(modelId)
    if (!Object.hasOwn(tags, key)) {
      throw new VoxtraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `No tag with key '${key}' found for model with ID '${modelId}'.`,
      )
    }
    await this.#change(modelId, sql`tags = tags - ${storableText(key)}::text`)
  }

  async #change(modelId: string, assignment: ReturnType<typeof sql>): Promise<void> {
    const changed = await this.#database.changes(sql`
      UPDATE logged_models SET ${assignment}, last_update_time_ms = ${Date.now()}::bigint
      WHERE model_id = ${storableText(modelId)} AND NOT deleted`)
    if (changed === 0) throw noModel(modelId)
  }
}

function noModel(modelId: string): VoxtraceError {
  return new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${modelId}' not found.`)
}
