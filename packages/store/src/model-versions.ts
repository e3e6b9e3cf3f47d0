import { type ModelStage, type ModelVersion, promptTag, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { jsonText, storableRecord, storableText } from './json-text.ts'
import { asksForPrompts, noPrompt } from './search/prompts.ts'
import type { Page } from './search/query.ts'
import { searchTagged, type TaggedQuery, type TaggedTable } from './search/tagged.ts'

export interface NewModelVersion {
  name: string
  source: string
  description: string
  runId: string
  runLink: string
  modelId: string
  tags: Record<string, string>
}

/** The columns that make a `ModelVersion`, of a table aliased `v`. */
export const modelVersionColumns = sql`
  v.name, v.version, v.description, v.stage, v.source, v.run_id AS "runId", v.run_link AS "runLink",
  v.model_id AS "modelId", v.creation_time_ms AS "creationTimeMs", v.last_update_time_ms AS "lastUpdateTimeMs", v.tags,
  (SELECT coalesce(json_agg(alias ORDER BY alias), '[]')
   FROM registered_models a, jsonb_each(a.aliases) AS each (alias, target)
   WHERE a.name = v.name AND target = to_jsonb(v.version)) AS aliases`

const table: TaggedTable<ModelVersion> = {
  entity: 'model_versions',
  selected: modelVersionColumns,
  from: sql<ModelVersion>`model_versions v`,
  columns: {
    name: sql`v.name`,
    version_number: sql`v.version`,
    run_id: sql`v.run_id`,
    source_path: sql`v.source`,
    creation_timestamp: sql`v.creation_time_ms`,
    last_updated_timestamp: sql`v.last_update_time_ms`,
  },
  tags: sql`v.tags`,
  shown: (filter) => (asksForPrompts(filter) ? sql`true` : noPrompt(sql`v.tags`)),
  decided: (key, filter) => key === promptTag && !asksForPrompts(filter),
  defaultOrder: [
    { expression: sql`v.last_update_time_ms`, type: 'bigint', ascending: false, nullable: false },
    { expression: sql`v.name COLLATE "C"`, type: 'text', ascending: true, nullable: false },
    { expression: sql`v.version`, type: 'bigint', ascending: false, nullable: false },
  ],
}

/** Versions of registered models and prompts, numbered from 1; the number of a deleted one never comes again. */
export class ModelVersions {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when there is no such model */
  async create(version: NewModelVersion): Promise<ModelVersion> {
    const now = Date.now()
    const name = storableText(version.name)
    return this.#database.transaction(async (transaction) => {
      const [model] = await transaction.rows(sql<{ number: number }>`
        UPDATE registered_models SET last_version = last_version + 1, last_update_time_ms = ${now}::bigint
        WHERE name = ${name} RETURNING last_version AS number`)
      if (model === undefined) throw noModel(version.name)
      await transaction.rows(sql`
        INSERT INTO model_versions
          (name, version, description, source, run_id, run_link, model_id, creation_time_ms, last_update_time_ms, tags)
        VALUES (${name}, ${model.number}::int, ${storableText(version.description)}, ${storableText(version.source)},
          ${storableText(version.runId)}, ${storableText(version.runLink)}, ${storableText(version.modelId)},
          ${now}::bigint, ${now}::bigint, ${jsonText(storableRecord(version.tags))}::jsonb)`)
      return read(transaction, name, model.number)
    })
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(name: string, version: number): Promise<ModelVersion> {
    return read(this.#database, name, version)
  }

  /** The version of an alias; `latest` is the newest. @throws VoxtraceError when the model has no such alias */
  async byAlias(name: string, alias: string): Promise<ModelVersion> {
    if (alias.toLowerCase() === 'latest') return this.#newest(name)
    const [model] = await this.#database.rows(sql<{ version: number | null }>`
      SELECT (aliases ->> ${storableText(alias)}::text)::int AS version FROM registered_models
      WHERE name = ${storableText(name)}`)
    if (model === undefined) throw noModel(name)
    if (model.version === null) {
      throw new VoxtraceError('INVALID_PARAMETER_VALUE', `Registered model alias ${alias} not found.`)
    }
    return this.get(name, model.version)
  }

  async #newest(name: string): Promise<ModelVersion> {
    const [row] = await this.#database.rows(sql<ModelVersion>`
      SELECT ${modelVersionColumns} FROM model_versions v WHERE v.name = ${storableText(name)}
      ORDER BY v.version DESC LIMIT 1`)
    if (row !== undefined) return row
    throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Latest version not found for model ${name}.`)
  }

  /** Versions of models unless the filter asks for prompts; those changed last come first unless ordered otherwise. */
  async search(query: TaggedQuery): Promise<Page<ModelVersion>> {
    return searchTagged(this.#database, table, query)
  }

  /** The newest version of each of the stages. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async latest(name: string, stages: ModelStage[]): Promise<ModelVersion[]> {
    return this.#database.rows(sql<ModelVersion>`
      SELECT DISTINCT ON (v.stage) ${modelVersionColumns} FROM model_versions v
      WHERE v.name = ${storableText(name)} AND v.stage = ANY(${stages}) ORDER BY v.stage, v.version DESC`)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async describe(name: string, version: number, description: string): Promise<ModelVersion> {
    await this.#change(name, version, sql`description = ${storableText(description)}, ${touched()}`)
    return this.get(name, version)
  }

  /** Moves a version to a stage, and, if wanted, those that are there to `Archived`. */
  async moveTo(
    name: string,
    version: number,
    stage: ModelStage,
    archiveOthers: boolean,
  ): Promise<ModelVersion> {
    return this.#database.transaction(async (transaction) => {
      const model = storableText(name)
      const touch = touched()
      const moved = await transaction.changes(sql`
        UPDATE model_versions SET stage = ${stage}, ${touch} WHERE name = ${model} AND version = ${version}::int`)
      if (moved === 0) throw noVersion(name, version)
      if (archiveOthers) {
        await transaction.rows(sql`
          UPDATE model_versions SET stage = 'Archived', ${touch}
          WHERE name = ${model} AND version <> ${version}::int AND stage = ${stage}`)
      }
      await transaction.rows(sql`UPDATE registered_models SET ${touch} WHERE name = ${model}`)
      return read(transaction, name, version)
    })
  }

  /** Deletes a version, and the aliases that point at it. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async delete(name: string, version: number): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.rows(sql`
        UPDATE registered_models SET ${touched()}, aliases = (
          SELECT coalesce(jsonb_object_agg(alias, target), '{}') FROM jsonb_each(aliases) AS each (alias, target)
          WHERE target <> to_jsonb(${version}::int))
        WHERE name = ${storableText(name)}`)
      const deleted = await transaction.changes(
        sql`DELETE FROM model_versions WHERE name = ${storableText(name)} AND version = ${version}::int`,
      )
      if (deleted === 0) throw noVersion(name, version)
    })
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setTag(name: string, version: number, key: string, value: string): Promise<void> {
    const tag = jsonText(storableRecord({ [key]: value }))
    await this.#change(name, version, sql`tags = tags || ${tag}::jsonb`)
  }

  /** A tag that is not there is gone already. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async deleteTag(name: string, version: number, key: string): Promise<void> {
    await this.#change(name, version, sql`tags = tags - ${storableText(key)}::text`)
  }

  async #change(name: string, version: number, assignments: ReturnType<typeof sql>): Promise<void> {
    const changed = await this.#database.changes(sql`
      UPDATE model_versions SET ${assignments} WHERE name = ${storableText(name)} AND version = ${version}::int`)
    if (changed === 0) throw noVersion(name, version)
  }
}

async function read(connection: Connection, name: string, version: number): Promise<ModelVersion> {
  const [row] = await connection.rows(sql<ModelVersion>`
    SELECT ${modelVersionColumns} FROM model_versions v
    WHERE v.name = ${storableText(name)} AND v.version = ${version}::int`)
  if (row === undefined) throw noVersion(name, version)
  return row
}

export function noModel(name: string): VoxtraceError {
  return new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Registered Model with name=${name} not found`)
}

function noVersion(name: string, version: number): VoxtraceError {
  return new VoxtraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `Model Version (name=${name}, version=${version}) not found`,
  )
}

function touched() {
  return sql`last_update_time_ms = ${Date.now()}::bigint`
}
