import { randomUUID } from 'node:crypto'
import {
  type LifecycleStage,
  type RunDataset,
  type RunInfo,
  type RunModels,
  type RunStatus,
  type RunWithInputs,
  VoxtraceError,
} from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import type { Experiments } from './experiments.ts'
import { storableText } from './json-text.ts'
import type { Live } from './live.ts'
import { type MetricInput, writeMetrics } from './metrics.ts'
import { runInputColumns, type UsedDataset, usedDatasets, writeInputs } from './run-inputs.ts'
import { runName } from './run-name.ts'

export interface NewRun {
  experimentId: string
  runName?: string
  userId?: string
  startTimeMs?: number
  tags?: Record<string, string>
}

export interface RunBatch {
  metrics?: MetricInput[]
  params?: Record<string, string>
  tags?: Record<string, string>
}

interface RunRow extends RunInfo {
  metrics: { key: string; value: string; timestampMs: number; step: number }[]
  params: Record<string, string>
  tags: Record<string, string>
  datasets: RunDataset[]
  inputModels: RunModels
  outputModels: RunModels
}

/** The columns that make a `Run`, of a table aliased `r`. Values of metrics are text, for JSON has no NaN. */
export const runColumns = sql`
  r.run_id AS "runId", r.run_name AS "runName", r.experiment_id::text AS "experimentId", r.user_id AS "userId", r.status,
  r.start_time_ms AS "startTimeMs", r.end_time_ms AS "endTimeMs", r.artifact_uri AS "artifactUri",
  r.lifecycle_stage AS "lifecycleStage",
  (SELECT coalesce(json_agg(json_build_object('key', m.key, 'value', m.value::text, 'timestampMs', m.timestamp_ms, 'step', m.step) ORDER BY m.key), '[]')
     FROM latest_metrics m WHERE m.run_id = r.run_id) AS metrics,
  (SELECT coalesce(json_object_agg(p.key, p.value), '{}') FROM params p WHERE p.run_id = r.run_id) AS params,
  (SELECT coalesce(json_object_agg(g.key, g.value), '{}') FROM run_tags g WHERE g.run_id = r.run_id) AS tags,
  ${runInputColumns}`

export function runFromRow(row: RunRow): RunWithInputs {
  const { metrics, params, tags, datasets, inputModels, outputModels, ...info } = row
  return {
    info,
    metrics: metrics.map((metric) => ({ ...metric, value: Number(metric.value) })),
    params,
    tags,
    datasets,
    inputModels,
    outputModels,
  }
}
export type { RunRow }

/** Logged executions with params, metrics and tags. */
export class Runs {
  readonly #database: Database
  readonly #live: Live
  readonly #experiments: Experiments

  constructor(database: Database, live: Live, experiments: Experiments) {
    this.#database = database
    this.#live = live
    this.#experiments = experiments
  }

  /** @throws VoxtraceError when the experiment does not exist or is deleted */
  async create(run: NewRun): Promise<RunWithInputs> {
    const experiment = await this.#experiments.requireActive(run.experimentId)
    const runId = randomUUID().replaceAll('-', '')
    const name = run.runName || run.tags?.['mlflow.runName'] || runName()
    await this.#database.transaction(async (transaction) => {
      await transaction.rows(sql`
        INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time_ms, artifact_uri)
        VALUES (${runId}, ${run.experimentId}::bigint, ${storableText(name)}, ${storableText(run.userId ?? '')}, 'RUNNING',
                ${run.startTimeMs ?? Date.now()}::bigint, ${`${experiment.artifactLocation}/${runId}/artifacts`})`)
      await setTags(transaction, runId, { ...run.tags, 'mlflow.runName': name })
    })
    this.#live.announce({ type: 'run', runId, experimentId: run.experimentId, change: 'created' })
    return this.get(runId)
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(runId: string): Promise<RunWithInputs> {
    const [row] = await this.#database.rows(
      sql<RunRow>`SELECT ${runColumns} FROM runs r WHERE run_id = ${storableText(runId)}`,
    )
    if (row === undefined) throw noRun(runId)
    return runFromRow(row)
  }

  /** Changes what is given. @throws VoxtraceError when the run does not exist or is deleted */
  async update(
    runId: string,
    change: { status?: RunStatus; endTimeMs?: number | null; runName?: string },
  ): Promise<RunInfo> {
    const assignments = [
      ...(change.status === undefined ? [] : [sql`status = ${change.status}`]),
      ...(change.endTimeMs === undefined ? [] : [sql`end_time_ms = ${change.endTimeMs}::bigint`]),
      ...(change.runName === undefined ? [] : [sql`run_name = ${storableText(change.runName)}`]),
    ]
    await this.#inActiveRun(runId, async (transaction) => {
      if (assignments.length > 0) {
        await transaction.rows(sql`UPDATE runs SET ${sql.join(assignments)} WHERE run_id = ${runId}`)
      }
      if (change.runName !== undefined)
        await setTags(transaction, runId, { 'mlflow.runName': change.runName })
    })
    return (await this.get(runId)).info
  }

  /** Deletes softly. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async delete(runId: string): Promise<void> {
    await this.#stage(runId, 'deleted')
  }

  /** @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async restore(runId: string): Promise<void> {
    await this.#stage(runId, 'active')
  }

  async #stage(runId: string, stage: LifecycleStage): Promise<void> {
    const [row] = await this.#database.rows(sql<{ experimentId: string }>`
      UPDATE runs SET lifecycle_stage = ${stage} WHERE run_id = ${storableText(runId)}
      RETURNING experiment_id::text AS "experimentId"`)
    if (row === undefined) throw noRun(runId)
    const change = stage === 'deleted' ? 'deleted' : 'updated'
    this.#live.announce({ type: 'run', runId, experimentId: row.experimentId, change })
  }

  /**
   * Logs metrics, params and tags, all or none. A metric logged twice is kept once; a param keeps its first value.
   *
   * @throws VoxtraceError when the run does not exist or is deleted, or a param has another value already
   */
  async log(runId: string, batch: RunBatch): Promise<void> {
    await this.#inActiveRun(runId, async (transaction) => {
      await logParams(transaction, runId, batch.params ?? {})
      await writeMetrics(transaction, runId, batch.metrics ?? [])
      await setTags(transaction, runId, batch.tags ?? {})
    })
  }

  /** Logs datasets and models that the run used or made. @throws VoxtraceError when the run does not exist or is deleted */
  async logInputs(
    runId: string,
    given: { datasets?: RunDataset[]; inputs?: RunModels; outputs?: RunModels },
  ): Promise<void> {
    const { datasets = [], inputs = [], outputs = [] } = given
    await this.#inActiveRun(runId, (transaction) =>
      writeInputs(transaction, runId, { datasets, inputs, outputs }),
    )
  }

  /** The datasets that runs of the experiments used, by name. */
  async usedDatasets(experimentIds: string[]): Promise<UsedDataset[]> {
    return usedDatasets(this.#database, experimentIds)
  }

  /** @throws VoxtraceError when the run or the tag does not exist */
  async deleteTag(runId: string, key: string): Promise<void> {
    await this.#inActiveRun(runId, async (transaction) => {
      const changed = await transaction.changes(
        sql`DELETE FROM run_tags WHERE run_id = ${runId} AND key = ${storableText(key)}`,
      )
      if (changed === 0) {
        throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `No tag with name: ${key} in run with id ${runId}`)
      }
    })
  }

  /** Holds the run's row, so that changes of one run follow each other and never deadlock. */
  async #inActiveRun(runId: string, work: (transaction: Connection) => Promise<void>): Promise<void> {
    const experimentId = await this.#database.transaction(async (transaction) => {
      const [run] = await transaction.rows(sql<{ experimentId: string; stage: LifecycleStage }>`
        SELECT experiment_id::text AS "experimentId", lifecycle_stage AS stage FROM runs
        WHERE run_id = ${storableText(runId)} FOR NO KEY UPDATE`)
      if (run === undefined) throw noRun(runId)
      if (run.stage !== 'active') {
        throw new VoxtraceError(
          'INVALID_PARAMETER_VALUE',
          `The run ${runId} must be in the 'active' state. Current state is ${run.stage}.`,
        )
      }
      await work(transaction)
      return run.experimentId
    })
    this.#live.announce({ type: 'run', runId, experimentId, change: 'updated' })
  }
}

function noRun(runId: string): VoxtraceError {
  return new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `Run with id=${runId} not found`)
}

async function setTags(transaction: Connection, runId: string, tags: Record<string, string>): Promise<void> {
  const keys = Object.keys(tags).map(storableText)
  const values = Object.values(tags).map(storableText)
  if (keys.length === 0) return
  await transaction.rows(sql`
    INSERT INTO run_tags (run_id, key, value)
    SELECT ${runId}, key, value FROM unnest(${keys}::text[], ${values}::text[]) AS t (key, value)
    ON CONFLICT (run_id, key) DO UPDATE SET value = EXCLUDED.value`)
  const name = tags['mlflow.runName']
  if (name !== undefined) {
    await transaction.rows(sql`UPDATE runs SET run_name = ${storableText(name)} WHERE run_id = ${runId}`)
  }
}

async function logParams(
  transaction: Connection,
  runId: string,
  params: Record<string, string>,
): Promise<void> {
  const keys = Object.keys(params).map(storableText)
  const values = Object.values(params).map(storableText)
  if (keys.length === 0) return
  await transaction.rows(sql`
    INSERT INTO params (run_id, key, value)
    SELECT ${runId}, key, value FROM unnest(${keys}::text[], ${values}::text[]) AS t (key, value)
    ON CONFLICT (run_id, key) DO NOTHING`)
  const changed = await transaction.rows(sql<{ key: string; old: string; new: string }>`
    SELECT p.key, p.value AS old, t.value AS new
    FROM unnest(${keys}::text[], ${values}::text[]) AS t (key, value)
    JOIN params p ON p.run_id = ${runId} AND p.key = t.key WHERE p.value <> t.value`)
  if (changed.length === 0) return
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Changing param values is not allowed. ${alreadyLogged(runId, keys.length, changed)}`,
  )
}

/** MLflow words it differently for one param and for many. */
function alreadyLogged(
  runId: string,
  given: number,
  changed: { key: string; old: string; new: string }[],
): string {
  const [first] = changed
  if (given === 1 && first !== undefined) {
    return `Param with key='${first.key}' was already logged with value='${first.old}' for run ID='${runId}'. Attempted logging new value '${first.new}'.`
  }
  const list = changed.map(
    (param) => `{'key': '${param.key}', 'old_value': '${param.old}', 'new_value': '${param.new}'}`,
  )
  return `Params were already logged='[${list.join(', ')}]' for run ID='${runId}'.`
}
