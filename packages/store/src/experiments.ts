import { type Experiment, type LifecycleStage, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { isUniqueViolation } from './database-errors.ts'
import { indexableText, storableText } from './json-text.ts'
import type { Live } from './live.ts'

export interface NewExperiment {
  name: string
  /** Default `mlflow-artifacts:/<id>`. */
  artifactLocation?: string
  tags?: Record<string, string>
}

/** The columns that make an `Experiment`, of a table aliased `e`. */
export const experimentColumns = sql`
  e.experiment_id::text AS "experimentId", e.name, e.artifact_location AS "artifactLocation",
  e.lifecycle_stage AS "lifecycleStage", e.creation_time_ms AS "creationTimeMs", e.last_update_time_ms AS "lastUpdateTimeMs",
  (SELECT coalesce(json_object_agg(key, value), '{}') FROM experiment_tags g WHERE g.experiment_id = e.experiment_id) AS tags`

/** Named containers of runs and traces. */
export class Experiments {
  readonly #database: Database
  readonly #live: Live
  /** Ids by name, for ingest; an experiment's id never changes, and a renamed or deleted one is forgotten here. */
  readonly #idsByName = new Map<string, { experimentId: string; readAtMs: number }>()

  constructor(database: Database, live: Live) {
    this.#database = database
    this.#live = live
  }

  /** @throws VoxtraceError RESOURCE_ALREADY_EXISTS when the name is taken, also by a deleted experiment */
  async create(experiment: NewExperiment): Promise<string> {
    const name = storableText(experiment.name)
    try {
      const experimentId = await this.#database.transaction(async (transaction) => {
        const created = await insert(transaction, name, experiment.artifactLocation ?? null)
        for (const [key, value] of Object.entries(experiment.tags ?? {})) {
          await setTag(transaction, created, key, value)
        }
        return created
      })
      this.#live.announce({ type: 'experiment', experimentId, change: 'created' })
      return experimentId
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw await this.#taken(name)
    }
  }

  async #taken(name: string): Promise<VoxtraceError> {
    const existing = await this.byName(name)
    return new VoxtraceError(
      'RESOURCE_ALREADY_EXISTS',
      existing?.lifecycleStage === 'deleted'
        ? `Experiment(name=${name}) already exists, but it is deleted. Restore it, or choose another name.`
        : `Experiment(name=${name}) already exists.`,
    )
  }

  /** The id of the active experiment of a name, which is made at first sight. Cheap enough for every request. */
  async idByName(name: string): Promise<string> {
    const storable = indexableText(name)
    const known = this.#idsByName.get(storable)
    if (known !== undefined && Date.now() - known.readAtMs < 5_000) return known.experimentId
    const [created] = await this.#database.rows(sql<{ experimentId: string; created: boolean }>`
      WITH next AS (SELECT nextval(pg_get_serial_sequence('experiments', 'experiment_id')) AS id),
      made AS (
        INSERT INTO experiments (experiment_id, name, artifact_location, creation_time_ms, last_update_time_ms)
        SELECT id, ${storable}, 'mlflow-artifacts:/' || id, ${Date.now()}, ${Date.now()} FROM next
        WHERE NOT EXISTS (SELECT FROM experiments WHERE name = ${storable})
        ON CONFLICT (name) DO NOTHING RETURNING experiment_id)
      SELECT experiment_id::text AS "experimentId", true AS created FROM made
      UNION ALL SELECT experiment_id::text, false FROM experiments WHERE name = ${storable}`)
    // Made by another connection while this statement ran.
    if (created === undefined) return this.idByName(name)
    if (created.created) {
      this.#live.announce({ type: 'experiment', experimentId: created.experimentId, change: 'created' })
    }
    this.#idsByName.set(storable, { experimentId: created.experimentId, readAtMs: Date.now() })
    return created.experimentId
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(experimentId: string): Promise<Experiment> {
    const found = await this.find(experimentId)
    if (found === null) throw noExperiment(experimentId)
    return found
  }

  async find(experimentId: string): Promise<Experiment | null> {
    if (!isExperimentId(experimentId)) return null
    const [row] = await this.#database.rows(
      sql<Experiment>`SELECT ${experimentColumns} FROM experiments e WHERE experiment_id = ${experimentId}::bigint`,
    )
    return row ?? null
  }

  /** The experiment of a name, active or deleted, or null. */
  async byName(name: string): Promise<Experiment | null> {
    const [row] = await this.#database.rows(
      sql<Experiment>`SELECT ${experimentColumns} FROM experiments e WHERE name = ${storableText(name)}`,
    )
    return row ?? null
  }

  /** @throws VoxtraceError when the experiment does not exist, is deleted, or the name is taken */
  async rename(experimentId: string, name: string): Promise<void> {
    await this.requireActive(experimentId)
    try {
      await this.#change(experimentId, sql`name = ${storableText(name)}`, 'active')
      this.#live.announce({ type: 'experiment', experimentId, change: 'updated' })
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw await this.#taken(name)
    }
  }

  /** Deletes an experiment and its runs softly. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST, or when it is the default one */
  async delete(experimentId: string): Promise<void> {
    if (experimentId === '0') {
      throw new VoxtraceError('INVALID_PARAMETER_VALUE', 'The default experiment (id 0) cannot be deleted.')
    }
    await this.#stage(experimentId, 'deleted')
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async restore(experimentId: string): Promise<void> {
    await this.#stage(experimentId, 'active')
  }

  async #stage(experimentId: string, stage: LifecycleStage): Promise<void> {
    await this.#change(
      experimentId,
      sql`lifecycle_stage = ${stage}`,
      stage === 'active' ? 'deleted' : 'active',
    )
    await this.#database.rows(
      sql`UPDATE runs SET lifecycle_stage = ${stage} WHERE experiment_id = ${experimentId}::bigint`,
    )
    const change = stage === 'deleted' ? 'deleted' : 'updated'
    this.#live.announce({ type: 'experiment', experimentId, change })
  }

  /** Changes an experiment that is in the given stage. */
  async #change(
    experimentId: string,
    assignment: ReturnType<typeof sql>,
    stage: LifecycleStage,
  ): Promise<void> {
    const changed = isExperimentId(experimentId)
      ? await this.#database.changes(sql`
          UPDATE experiments SET ${assignment}, last_update_time_ms = ${Date.now()}
          WHERE experiment_id = ${experimentId}::bigint AND lifecycle_stage = ${stage}`)
      : 0
    if (changed === 0) throw noExperiment(experimentId)
    this.#idsByName.clear()
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setTag(experimentId: string, key: string, value: string): Promise<void> {
    await this.requireActive(experimentId)
    await setTag(this.#database, experimentId, key, value)
    this.#live.announce({ type: 'experiment', experimentId, change: 'updated' })
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when there is no such experiment or tag */
  async deleteTag(experimentId: string, key: string): Promise<void> {
    await this.requireActive(experimentId)
    const changed = await this.#database.changes(
      sql`DELETE FROM experiment_tags WHERE experiment_id = ${experimentId}::bigint AND key = ${storableText(key)}`,
    )
    if (changed === 0) {
      throw new VoxtraceError(
        'RESOURCE_DOES_NOT_EXIST',
        `No tag with name: ${key} in experiment with id ${experimentId}`,
      )
    }
  }

  /** @throws VoxtraceError when there is no such experiment, or it is deleted */
  async requireActive(experimentId: string): Promise<Experiment> {
    const experiment = await this.get(experimentId)
    if (experiment.lifecycleStage !== 'active') {
      throw new VoxtraceError(
        'INVALID_PARAMETER_VALUE',
        `The experiment ${experimentId} must be in the 'active' state. Current state is ${experiment.lifecycleStage}.`,
      )
    }
    return experiment
  }
}

export function noExperiment(experimentId: string): VoxtraceError {
  if (!/^\d+$/.test(experimentId)) {
    return new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`,
    )
  }
  return new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${experimentId} exists`)
}

/** Whether a text can be the id of an experiment: a decimal number that fits in 63 bits. */
export function isExperimentId(text: string): boolean {
  return /^\d{1,18}$/.test(text)
}

async function insert(transaction: Connection, name: string, location: string | null): Promise<string> {
  const [row] = await transaction.rows(sql<{ id: string }>`
    WITH next AS (SELECT nextval(pg_get_serial_sequence('experiments', 'experiment_id')) AS id)
    INSERT INTO experiments (experiment_id, name, artifact_location, creation_time_ms, last_update_time_ms)
    SELECT id, ${name}, coalesce(${location}, 'mlflow-artifacts:/' || id), ${Date.now()}, ${Date.now()} FROM next
    RETURNING experiment_id::text AS id`)
  if (row === undefined) throw new Error('the experiment was not inserted')
  return row.id
}

async function setTag(
  connection: Connection,
  experimentId: string,
  key: string,
  value: string,
): Promise<void> {
  await connection.rows(sql`
    INSERT INTO experiment_tags (experiment_id, key, value)
    VALUES (${experimentId}::bigint, ${storableText(key)}, ${storableText(value)})
    ON CONFLICT (experiment_id, key) DO UPDATE SET value = EXCLUDED.value`)
}
