import { createHash, randomUUID } from 'node:crypto'
import { type EvaluationDataset, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { isExperimentId, noExperiment } from './experiments.ts'
import { jsonText, storableRecord, storableText } from './json-text.ts'
import type { Page } from './search/query.ts'
import { searchTagged, type TaggedQuery, type TaggedTable } from './search/tagged.ts'

export interface NewEvaluationDataset {
  name: string
  experimentIds: string[]
  tags: Record<string, string>
}

export interface EvaluationDatasetQuery extends TaggedQuery {
  /** Datasets of any of these; of all when empty. */
  experimentIds: string[]
}

/** The columns that make an `EvaluationDataset`, of a table aliased `d`. */
const columns = sql`
  d.dataset_id AS "datasetId", d.name, d.digest, d.creation_time_ms AS "creationTimeMs",
  d.last_update_time_ms AS "lastUpdateTimeMs", d.created_by AS "createdBy", d.last_updated_by AS "lastUpdatedBy",
  d.schema, d.tags,
  (SELECT count(*)::int FROM evaluation_dataset_records r WHERE r.dataset_id = d.dataset_id) AS "recordCount",
  (SELECT coalesce(json_agg(x.experiment_id::text ORDER BY x.experiment_id), '[]')
   FROM evaluation_dataset_experiments x WHERE x.dataset_id = d.dataset_id) AS "experimentIds"`

const table: TaggedTable<EvaluationDataset> = {
  entity: 'evaluation_datasets',
  selected: columns,
  from: sql<EvaluationDataset>`evaluation_datasets d`,
  columns: {
    name: sql`d.name`,
    created_by: sql`d.created_by`,
    last_updated_by: sql`d.last_updated_by`,
    created_time: sql`d.creation_time_ms`,
    last_update_time: sql`d.last_update_time_ms`,
  },
  tags: sql`d.tags`,
  defaultOrder: [
    { expression: sql`d.creation_time_ms`, type: 'bigint', ascending: false, nullable: false },
    { expression: sql`d.dataset_id`, type: 'text', ascending: true, nullable: false },
  ],
}

/** Named collections of cases to judge an application by. */
export class EvaluationDatasets {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when an experiment does not exist */
  async create(dataset: NewEvaluationDataset): Promise<EvaluationDataset> {
    const datasetId = `d-${randomUUID().replaceAll('-', '')}`
    const now = Date.now()
    const name = storableText(dataset.name)
    const user = dataset.tags['mlflow.user'] ?? null
    await this.#database.transaction(async (transaction) => {
      await transaction.rows(sql`
        INSERT INTO evaluation_datasets
          (dataset_id, name, digest, creation_time_ms, last_update_time_ms, created_by, last_updated_by, tags)
        VALUES (${datasetId}, ${name}, ${digestOf(name, now)}, ${now}::bigint, ${now}::bigint, ${user}, ${user},
          ${jsonText(storableRecord(dataset.tags))}::jsonb)`)
      await link(transaction, datasetId, dataset.experimentIds)
    })
    return this.get(datasetId)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(datasetId: string): Promise<EvaluationDataset> {
    const [row] = await this.#database.rows(
      sql<EvaluationDataset>`SELECT ${table.selected} FROM ${table.from} WHERE d.dataset_id = ${storableText(datasetId)}`,
    )
    if (row === undefined) throw noDataset(datasetId)
    return row
  }

  /** Newest first unless ordered otherwise. */
  async search(query: EvaluationDatasetQuery): Promise<Page<EvaluationDataset>> {
    const { experimentIds } = query
    if (experimentIds.length === 0) return searchTagged(this.#database, table, query)
    const shown = sql`EXISTS (SELECT FROM evaluation_dataset_experiments x WHERE x.dataset_id = d.dataset_id
      AND x.experiment_id = ANY(${experimentIds.filter(isExperimentId)}::bigint[]))`
    return searchTagged(this.#database, { ...table, shown: () => shown }, query)
  }

  /** Deletes a dataset with its records; one that is not there is gone already. */
  async delete(datasetId: string): Promise<void> {
    await this.#database.rows(
      sql`DELETE FROM evaluation_datasets WHERE dataset_id = ${storableText(datasetId)}`,
    )
  }

  /** Sets tags beside those there are. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setTags(datasetId: string, tags: Record<string, string>): Promise<EvaluationDataset> {
    await this.#change(datasetId, sql`tags = tags || ${jsonText(storableRecord(tags))}::jsonb`)
    return this.get(datasetId)
  }

  /** A tag that is not there is gone already. */
  async deleteTag(datasetId: string, key: string): Promise<void> {
    await this.#database.rows(sql`
      UPDATE evaluation_datasets SET tags = tags - ${storableText(key)}::text
      WHERE dataset_id = ${storableText(datasetId)}`)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when the dataset or an experiment does not exist */
  async addToExperiments(datasetId: string, experimentIds: string[]): Promise<EvaluationDataset> {
    await this.get(datasetId)
    await this.#database.transaction((transaction) => link(transaction, datasetId, experimentIds))
    await this.#change(datasetId, sql`last_update_time_ms = ${Date.now()}::bigint`)
    return this.get(datasetId)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async removeFromExperiments(datasetId: string, experimentIds: string[]): Promise<EvaluationDataset> {
    await this.#change(datasetId, sql`last_update_time_ms = ${Date.now()}::bigint`)
    await this.#database.rows(sql`
      DELETE FROM evaluation_dataset_experiments WHERE dataset_id = ${datasetId}
        AND experiment_id = ANY(${experimentIds.filter(isExperimentId)}::bigint[])`)
    return this.get(datasetId)
  }

  async #change(datasetId: string, assignment: ReturnType<typeof sql>): Promise<void> {
    const changed = await this.#database.changes(
      sql`UPDATE evaluation_datasets SET ${assignment} WHERE dataset_id = ${storableText(datasetId)}`,
    )
    if (changed === 0) throw noDataset(datasetId)
  }
}

export function noDataset(datasetId: string): VoxtraceError {
  return new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Evaluation dataset with id '${datasetId}' not found`)
}

/** As MLflow makes it, so that it changes with every change of the records. */
export function digestOf(name: string, timeMs: number): string {
  return createHash('sha256').update(`${name}:${timeMs}`).digest('hex').slice(0, 8)
}

async function link(transaction: Connection, datasetId: string, experimentIds: string[]): Promise<void> {
  for (const experimentId of experimentIds) {
    const linked = isExperimentId(experimentId)
      ? await transaction.rows(sql`
          WITH experiment AS (SELECT experiment_id FROM experiments WHERE experiment_id = ${experimentId}::bigint),
          linked AS (
            INSERT INTO evaluation_dataset_experiments (dataset_id, experiment_id)
            SELECT ${datasetId}, experiment_id FROM experiment ON CONFLICT DO NOTHING)
          SELECT experiment_id FROM experiment`)
      : []
    if (linked.length === 0) throw noExperiment(experimentId)
  }
}
