import type { RunDataset, RunModels } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { isExperimentId } from './experiments.ts'
import { jsonText, storableRecord, storableText } from './json-text.ts'

/** The columns of a run, of a table aliased `r`, that tell its inputs and outputs. */
export const runInputColumns = sql`
  (SELECT coalesce(json_agg(json_build_object('name', d.name, 'digest', d.digest, 'sourceType', d.source_type,
       'source', d.source, 'schema', d.schema, 'profile', d.profile, 'tags', d.tags) ORDER BY d.number), '[]')
     FROM run_datasets d WHERE d.run_id = r.run_id) AS datasets,
  (SELECT coalesce(json_agg(json_build_object('modelId', m.model_id, 'step', m.step) ORDER BY m.number), '[]')
     FROM run_models m WHERE m.run_id = r.run_id AND m.role = 'input') AS "inputModels",
  (SELECT coalesce(json_agg(json_build_object('modelId', m.model_id, 'step', m.step) ORDER BY m.number), '[]')
     FROM run_models m WHERE m.run_id = r.run_id AND m.role = 'output') AS "outputModels"`

/** A dataset as runs of an experiment used it. */
export interface UsedDataset {
  experimentId: string
  name: string
  digest: string
  /** What for, such as `training`; null when no run says. */
  context: string | null
}

/** The datasets that runs of the experiments used, by name. */
export async function usedDatasets(database: Database, experimentIds: string[]): Promise<UsedDataset[]> {
  return database.rows(sql<UsedDataset>`
    SELECT DISTINCT r.experiment_id::text AS "experimentId", d.name, d.digest,
      d.tags ->> 'mlflow.data.context' AS context
    FROM run_datasets d JOIN runs r USING (run_id)
    WHERE r.experiment_id = ANY(${experimentIds.filter(isExperimentId)}::bigint[]) AND r.lifecycle_stage = 'active'
    ORDER BY 2, 3, 4 LIMIT 1000`)
}

/** Writes what a run used and made; what is there already stays as it is, and tags are added to. */
export async function writeInputs(
  transaction: Connection,
  runId: string,
  given: { datasets: RunDataset[]; inputs: RunModels; outputs: RunModels },
): Promise<void> {
  for (const dataset of given.datasets) {
    await transaction.rows(sql`
      INSERT INTO run_datasets AS d (run_id, name, digest, source_type, source, schema, profile, tags)
      VALUES (${runId}, ${storableText(dataset.name)}, ${storableText(dataset.digest)},
        ${storableText(dataset.sourceType)}, ${storableText(dataset.source)}, ${storableText(dataset.schema)},
        ${storableText(dataset.profile)}, ${jsonText(storableRecord(dataset.tags))}::jsonb)
      ON CONFLICT (run_id, name, digest) DO UPDATE SET tags = d.tags || EXCLUDED.tags`)
  }
  const models = [
    ...given.inputs.map((model) => ({ ...model, role: 'input' })),
    ...given.outputs.map((model) => ({ ...model, role: 'output' })),
  ]
  for (const { modelId, step, role } of models) {
    await transaction.rows(sql`
      INSERT INTO run_models (run_id, model_id, role, step)
      VALUES (${runId}, ${storableText(modelId)}, ${role}, ${step}::bigint) ON CONFLICT DO NOTHING`)
  }
}
