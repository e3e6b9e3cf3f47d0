import type { DatasetRecord, EvaluationDataset, Json, JsonObject } from '@voxtrace/model'
import { z } from 'zod'
import { maxResults, optionalText, requiredText, texts } from './request.ts'

const json: z.ZodType<Json> = z.json()
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json())

/** A text that holds JSON of a form: MLflow sends tags and records of datasets as such texts. */
function jsonText<Schema extends z.ZodType>(schema: Schema) {
  return z.string().transform((text, context): z.output<Schema> => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'It is not JSON' })
      return z.NEVER
    }
    const read = schema.safeParse(value)
    if (read.success) return read.data
    const [issue] = read.error.issues
    context.addIssue({
      code: 'custom',
      message: `${issue?.message ?? 'malformed'} at ${issue?.path.join('.')}`,
    })
    return z.NEVER
  })
}

/** Tags of datasets may be of any type, and are kept as text; those without a value are left alone. */
const tags = z.record(z.string(), json).transform((given): Record<string, string> => {
  const kept = Object.entries(given).filter(([, value]) => value !== null)
  return Object.fromEntries(
    kept.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
})

const sourceType = z
  .string()
  .transform((type) => type.toUpperCase())
  .pipe(z.enum(['UNSPECIFIED', 'TRACE', 'HUMAN', 'DOCUMENT', 'CODE']))

const record = z
  .object({
    inputs: jsonObject.nullish(),
    outputs: json.optional(),
    expectations: jsonObject.nullish(),
    tags: jsonObject.nullish(),
    source: z.object({ source_type: sourceType, source_data: jsonObject.nullish() }).nullish(),
  })
  .transform(({ inputs, outputs, expectations, tags: given, source }) => ({
    inputs: inputs ?? {},
    ...(outputs === undefined ? {} : { outputs }),
    ...(expectations == null ? {} : { expectations }),
    ...(given == null ? {} : { tags: given }),
    ...(source == null
      ? {}
      : { source: { source_type: source.source_type, source_data: source.source_data ?? {} } }),
  }))

export const createDataset = z.object({
  name: requiredText,
  experiment_ids: texts,
  tags: jsonText(tags)
    .nullish()
    .transform((given) => given ?? {}),
})
export const searchDatasets = z.object({
  experiment_ids: texts,
  filter_string: optionalText,
  max_results: maxResults(1000, 50_000),
  order_by: texts,
  page_token: optionalText,
})
export const setDatasetTags = z.object({ tags: jsonText(tags) })
export const upsertDatasetRecords = z.object({ records: jsonText(z.array(record)) })
export const datasetRecords = z.object({ max_results: maxResults(1000, 50_000), page_token: optionalText })
export const deleteDatasetRecords = z.object({ dataset_record_ids: texts })
export const datasetExperiments = z.object({ experiment_ids: texts })

/** MLflow's Dataset, whose tags, schema and profile are JSON in texts. */
export function datasetMessage(dataset: EvaluationDataset) {
  return {
    dataset_id: dataset.datasetId,
    name: dataset.name,
    tags: JSON.stringify(dataset.tags),
    ...(dataset.schema === null ? {} : { schema: JSON.stringify(dataset.schema) }),
    ...(dataset.recordCount === 0 ? {} : { profile: JSON.stringify({ num_records: dataset.recordCount }) }),
    digest: dataset.digest,
    created_time: dataset.creationTimeMs,
    last_update_time: dataset.lastUpdateTimeMs,
    ...(dataset.createdBy === null ? {} : { created_by: dataset.createdBy }),
    ...(dataset.lastUpdatedBy === null ? {} : { last_updated_by: dataset.lastUpdatedBy }),
    experiment_ids: dataset.experimentIds,
  }
}

/** A record as MLflow lists it. */
export function datasetRecordMessage(record: DatasetRecord) {
  const { source } = record
  const sourceId = source?.source_data[source.source_type === 'TRACE' ? 'trace_id' : 'source_id']
  return {
    dataset_record_id: record.recordId,
    dataset_id: record.datasetId,
    inputs: record.inputs,
    ...(record.outputs === null ? {} : { outputs: record.outputs }),
    ...(record.expectations === null ? {} : { expectations: record.expectations }),
    tags: record.tags,
    ...(source === null ? {} : { source, source_type: source.source_type }),
    ...(typeof sourceId === 'string' ? { source_id: sourceId } : {}),
    created_time: record.creationTimeMs,
    last_update_time: record.lastUpdateTimeMs,
    ...(record.createdBy === null ? {} : { created_by: record.createdBy }),
    ...(record.lastUpdatedBy === null ? {} : { last_updated_by: record.lastUpdatedBy }),
  }
}
