import { promptTag, type RegisteredModel, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isUniqueViolation } from './database-errors.ts'
import { jsonText, storableRecord, storableText } from './json-text.ts'
import { modelVersionColumns, noModel } from './model-versions.ts'
import { asksForPrompts, noPrompt } from './search/prompts.ts'
import type { Page } from './search/query.ts'
import { searchTagged, type TaggedQuery, type TaggedTable } from './search/tagged.ts'

export interface NewRegisteredModel {
  name: string
  description: string
  tags: Record<string, string>
}

/** The newest version of each stage, as JSON, of a table aliased `m`. */
const latestVersions = sql`(
  SELECT coalesce(json_agg(newest ORDER BY newest.version), '[]') FROM (
    SELECT DISTINCT ON (v.stage) ${modelVersionColumns} FROM model_versions v
    WHERE v.name = m.name ORDER BY v.stage, v.version DESC) AS newest)`

const columns = sql`
  m.name, m.description, m.creation_time_ms AS "creationTimeMs", m.last_update_time_ms AS "lastUpdateTimeMs", m.tags,
  m.aliases, ${latestVersions} AS "latestVersions"`

const table: TaggedTable<RegisteredModel> = {
  entity: 'registered_models',
  selected: columns,
  from: sql<RegisteredModel>`registered_models m`,
  columns: {
    name: sql`m.name`,
    timestamp: sql`m.last_update_time_ms`,
    last_updated_timestamp: sql`m.last_update_time_ms`,
  },
  tags: sql`m.tags`,
  shown: (filter) => (asksForPrompts(filter) ? sql`true` : noPrompt(sql`m.tags`)),
  decided: (key, filter) => key === promptTag && !asksForPrompts(filter),
  defaultOrder: [{ expression: sql`m.name COLLATE "C"`, type: 'text', ascending: true, nullable: false }],
}

/** Named lines of versions: models and prompts. */
export class RegisteredModels {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** @throws VoxtraceError RESOURCE_ALREADY_EXISTS when the name is taken */
  async create(model: NewRegisteredModel): Promise<RegisteredModel> {
    const now = Date.now()
    try {
      await this.#database.rows(sql`
        INSERT INTO registered_models (name, description, creation_time_ms, last_update_time_ms, tags)
        VALUES (${storableText(model.name)}, ${storableText(model.description)}, ${now}::bigint, ${now}::bigint,
          ${jsonText(storableRecord(model.tags))}::jsonb)`)
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw nameTaken(await this.get(model.name), isPrompt(model.tags))
    }
    return this.get(model.name)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(name: string): Promise<RegisteredModel> {
    const [row] = await this.#database.rows(
      sql<RegisteredModel>`SELECT ${columns} FROM registered_models m WHERE name = ${storableText(name)}`,
    )
    if (row === undefined) throw noModel(name)
    return row
  }

  /** Models unless the filter asks for prompts; by name unless ordered otherwise. */
  async search(query: TaggedQuery): Promise<Page<RegisteredModel>> {
    return searchTagged(this.#database, table, query)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async describe(name: string, description: string): Promise<RegisteredModel> {
    await this.#change(name, sql`description = ${storableText(description)}, ${touched()}`)
    return this.get(name)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST, or RESOURCE_ALREADY_EXISTS when the new name is taken */
  async rename(name: string, newName: string): Promise<RegisteredModel> {
    try {
      await this.#change(name, sql`name = ${storableText(newName)}, ${touched()}`)
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new VoxtraceError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${newName}) already exists.`)
    }
    return this.get(newName)
  }

  /** Deletes a model with all its versions. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async delete(name: string): Promise<void> {
    const deleted = await this.#database.changes(
      sql`DELETE FROM registered_models WHERE name = ${storableText(name)}`,
    )
    if (deleted === 0) throw noModel(name)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setTag(name: string, key: string, value: string): Promise<void> {
    await this.#change(name, sql`tags = tags || ${jsonText(storableRecord({ [key]: value }))}::jsonb`)
  }

  /** A tag that is not there is gone already. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async deleteTag(name: string, key: string): Promise<void> {
    await this.#change(name, sql`tags = tags - ${storableText(key)}::text`)
  }

  /** Points an alias at a version. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setAlias(name: string, alias: string, version: number): Promise<void> {
    await this.#change(name, sql`aliases = aliases || ${jsonText({ [storableText(alias)]: version })}::jsonb`)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async deleteAlias(name: string, alias: string): Promise<void> {
    await this.#change(name, sql`aliases = aliases - ${storableText(alias)}::text`)
  }

  async #change(name: string, assignments: ReturnType<typeof sql>): Promise<void> {
    const changed = await this.#database.changes(
      sql`UPDATE registered_models SET ${assignments} WHERE name = ${storableText(name)}`,
    )
    if (changed === 0) throw noModel(name)
  }
}

function isPrompt(tags: Record<string, string>): boolean {
  return tags[promptTag]?.toLowerCase() === 'true'
}

function nameTaken(existing: RegisteredModel, asPrompt: boolean): VoxtraceError {
  const taken = isPrompt(existing.tags)
  if (taken === asPrompt) {
    const kind = taken ? 'Prompt' : 'Registered Model'
    return new VoxtraceError('RESOURCE_ALREADY_EXISTS', `${kind} (name=${existing.name}) already exists.`)
  }
  const [old, wanted] = taken ? ['a prompt', 'a model'] : ['a registered model', 'a prompt']
  return new VoxtraceError(
    'RESOURCE_ALREADY_EXISTS',
    `Tried to create ${wanted} with name '${existing.name}', but the name is already taken by ${old}. MLflow does not allow creating a model and a prompt with the same name.`,
  )
}

function touched() {
  return sql`last_update_time_ms = ${Date.now()}::bigint`
}
