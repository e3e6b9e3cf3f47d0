import { createHash, randomUUID } from 'node:crypto'
import { type DatasetRecord, type Json, type JsonObject, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { withFields } from './dataset-schema.ts'
import { digestOf, noDataset } from './evaluation-datasets.ts'
import { jsonText, storableText } from './json-text.ts'
import type { Page, PageRequest } from './search/query.ts'

/** A record to add; what is absent leaves what an earlier record of the same inputs has. */
export interface NewDatasetRecord {
  inputs: JsonObject
  outputs?: Json
  expectations?: JsonObject
  tags?: JsonObject
  source?: DatasetRecord['source']
}

const columns = sql`
  record_id AS "recordId", dataset_id AS "datasetId", inputs, outputs, expectations, tags, source,
  creation_time_ms AS "creationTimeMs", last_update_time_ms AS "lastUpdateTimeMs", created_by AS "createdBy",
  last_updated_by AS "lastUpdatedBy"`

type KnownRecord = DatasetRecord & { hash: string }

/** The cases of evaluation datasets. */
export class DatasetRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Adds records, all or none. A dataset holds the same inputs once: a second record of them updates the first, whose
   * expectations and tags are merged.
   *
   * @throws VoxtraceError RESOURCE_DOES_NOT_EXIST
   */
  async upsert(
    datasetId: string,
    records: NewDatasetRecord[],
  ): Promise<{ inserted: number; updated: number }> {
    const now = Date.now()
    return this.#database.transaction(async (transaction) => {
      const dataset = await locked(transaction, datasetId)
      const hashes = records.map((record) => hashOf(record.inputs))
      const known = new Map(
        (await ofHashes(transaction, datasetId, hashes)).map((record) => [record.hash, record]),
      )
      const changed = new Map<string, KnownRecord>()
      let inserted = 0
      records.forEach((record, index) => {
        const hash = hashes[index] ?? ''
        const earlier = changed.get(hash) ?? known.get(hash)
        if (earlier === undefined) inserted++
        changed.set(
          hash,
          earlier === undefined ? made(datasetId, hash, record, now) : merged(earlier, record, now),
        )
      })
      await write(transaction, [...changed.values()])
      const user = records.findLast((record) => userOf(record) !== null)
      await transaction.rows(sql`
        UPDATE evaluation_datasets SET last_update_time_ms = ${now}::bigint, digest = ${digestOf(dataset.name, now)},
          last_updated_by = ${user === undefined ? null : userOf(user)},
          schema = ${jsonText(withFields(dataset.schema, records))}::json
        WHERE dataset_id = ${datasetId}`)
      return { inserted, updated: records.length - inserted }
    })
  }

  /** A page of records in the order in which they came. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async page(datasetId: string, { maxResults, pageToken }: PageRequest): Promise<Page<DatasetRecord>> {
    const id = storableText(datasetId)
    const [dataset] = await this.#database.rows(sql`SELECT FROM evaluation_datasets WHERE dataset_id = ${id}`)
    if (dataset === undefined) throw noDataset(datasetId)
    const rows = await this.#database.rows(sql<DatasetRecord & { number: number }>`
      SELECT ${columns}, number FROM evaluation_dataset_records
      WHERE dataset_id = ${id} AND number > ${lastNumber(pageToken)}::bigint
      ORDER BY number LIMIT ${maxResults + 1}::bigint`)
    const items = rows.slice(0, maxResults)
    const last = items.at(-1)
    return {
      items: items.map(({ number, ...record }) => record),
      nextPageToken:
        rows.length > maxResults && last !== undefined
          ? Buffer.from(String(last.number)).toString('base64')
          : null,
    }
  }

  /** Deletes records and tells how many there were. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST when there is no such dataset */
  async delete(datasetId: string, recordIds: string[]): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      const { name } = await locked(transaction, datasetId)
      const deleted = await transaction.changes(sql`
        DELETE FROM evaluation_dataset_records
        WHERE dataset_id = ${datasetId} AND record_id = ANY(${recordIds.map(storableText)})`)
      const now = Date.now()
      if (deleted > 0) {
        await transaction.rows(sql`
          UPDATE evaluation_datasets SET last_update_time_ms = ${now}::bigint, digest = ${digestOf(name, now)}
          WHERE dataset_id = ${datasetId}`)
      }
      return deleted
    })
  }
}

async function locked(
  transaction: Connection,
  datasetId: string,
): Promise<{ name: string; schema: JsonObject | null }> {
  const [dataset] = await transaction.rows(sql<{ name: string; schema: JsonObject | null }>`
    SELECT name, schema FROM evaluation_datasets WHERE dataset_id = ${storableText(datasetId)} FOR NO KEY UPDATE`)
  if (dataset === undefined) throw noDataset(datasetId)
  return dataset
}

async function ofHashes(
  transaction: Connection,
  datasetId: string,
  hashes: string[],
): Promise<KnownRecord[]> {
  return transaction.rows(sql<KnownRecord>`
    SELECT ${columns}, input_hash AS hash FROM evaluation_dataset_records
    WHERE dataset_id = ${datasetId} AND input_hash = ANY(${hashes})`)
}

function made(datasetId: string, hash: string, record: NewDatasetRecord, now: number): KnownRecord {
  return {
    recordId: `dr-${randomUUID().replaceAll('-', '')}`,
    datasetId,
    hash,
    inputs: record.inputs,
    outputs: record.outputs ?? null,
    expectations: record.expectations ?? null,
    tags: record.tags ?? {},
    source: record.source ?? null,
    creationTimeMs: now,
    lastUpdateTimeMs: now,
    createdBy: userOf(record),
    lastUpdatedBy: userOf(record),
  }
}

function merged(earlier: KnownRecord, record: NewDatasetRecord, now: number): KnownRecord {
  return {
    ...earlier,
    outputs: record.outputs === undefined ? earlier.outputs : record.outputs,
    expectations:
      record.expectations === undefined
        ? earlier.expectations
        : { ...earlier.expectations, ...record.expectations },
    tags: { ...earlier.tags, ...record.tags },
    lastUpdateTimeMs: now,
    lastUpdatedBy: userOf(record) ?? earlier.lastUpdatedBy,
  }
}

function userOf(record: NewDatasetRecord): string | null {
  const user = record.tags?.['mlflow.user']
  return typeof user === 'string' ? storableText(user) : null
}

async function write(transaction: Connection, records: KnownRecord[]): Promise<void> {
  const texts = (value: (record: KnownRecord) => string | null) => sql`${records.map(value)}::text[]`
  const orNull = (value: Json | DatasetRecord['source']) => (value === null ? null : jsonText(value))
  await transaction.rows(sql`
    INSERT INTO evaluation_dataset_records AS r (dataset_id, record_id, input_hash, inputs, outputs, expectations, tags,
      source, creation_time_ms, last_update_time_ms, created_by, last_updated_by)
    SELECT dataset_id, record_id, input_hash, inputs::json, outputs::json, expectations::json, tags::json, source::json,
      creation_time_ms::bigint, last_update_time_ms::bigint, created_by, last_updated_by
    FROM unnest(${texts((record) => record.datasetId)}, ${texts((record) => record.recordId)},
      ${texts((record) => record.hash)}, ${texts((record) => jsonText(record.inputs))},
      ${texts((record) => orNull(record.outputs))}, ${texts((record) => orNull(record.expectations))},
      ${texts((record) => jsonText(record.tags))}, ${texts((record) => orNull(record.source))},
      ${texts((record) => String(record.creationTimeMs))}, ${texts((record) => String(record.lastUpdateTimeMs))},
      ${texts((record) => record.createdBy)}, ${texts((record) => record.lastUpdatedBy)})
      AS given (dataset_id, record_id, input_hash, inputs, outputs, expectations, tags, source, creation_time_ms,
        last_update_time_ms, created_by, last_updated_by)
    ON CONFLICT (dataset_id, input_hash) DO UPDATE SET outputs = EXCLUDED.outputs,
      expectations = EXCLUDED.expectations, tags = EXCLUDED.tags, last_update_time_ms = EXCLUDED.last_update_time_ms,
      last_updated_by = EXCLUDED.last_updated_by`)
}

/** The same for the same inputs, whatever the order of their keys. */
function hashOf(inputs: JsonObject): string {
  return createHash('sha256').update(canonical(inputs)).digest('hex')
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}

function lastNumber(token: string | null | undefined): string {
  if (token === null || token === undefined || token === '') return '0'
  const number = Buffer.from(token, 'base64').toString()
  if (/^\d{1,18}$/.test(number)) return number
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Invalid page token '${token.slice(0, 100)}'. Give the next_page_token of an earlier answer, or none.`,
  )
}
