import { randomUUID } from 'node:crypto'
import { type OnlineScoring, type ScorerVersion, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { type Experiments, isExperimentId } from './experiments.ts'
import { storableText } from './json-text.ts'

/** The columns that make a `ScorerVersion`, of tables aliased `s` and `v`. */
const columns = sql`
  s.scorer_id AS "scorerId", s.experiment_id::text AS "experimentId", s.name, v.version, v.serialized,
  v.creation_time_ms AS "creationTimeMs"`

/** Judges that MLflow's clients register in experiments. */
export class Scorers {
  readonly #database: Database
  readonly #experiments: Experiments

  constructor(database: Database, experiments: Experiments) {
    this.#database = database
    this.#experiments = experiments
  }

  /** Adds a version to a scorer, which is made at first sight. @throws VoxtraceError when the experiment is not active */
  async register(experimentId: string, name: string, serialized: string): Promise<ScorerVersion> {
    await this.#experiments.requireActive(experimentId)
    return this.#database.transaction(async (transaction) => {
      const [scorer] = await transaction.rows(sql<{ scorerId: string }>`
        INSERT INTO scorers (scorer_id, experiment_id, name)
        VALUES (${randomUUID()}, ${experimentId}::bigint, ${storableText(name)})
        ON CONFLICT (experiment_id, name) DO UPDATE SET name = EXCLUDED.name RETURNING scorer_id AS "scorerId"`)
      if (scorer === undefined) throw new Error('the scorer was not written')
      const [row] = await transaction.rows(sql<{ version: number }>`
        INSERT INTO scorer_versions (scorer_id, version, serialized, creation_time_ms)
        SELECT ${scorer.scorerId}, coalesce(max(version), 0) + 1, ${storableText(serialized)}, ${Date.now()}::bigint
        FROM scorer_versions WHERE scorer_id = ${scorer.scorerId} RETURNING version`)
      return read(transaction, experimentId, name, row?.version ?? null)
    })
  }

  /** The newest version of each scorer of the experiments that are active, by experiment and name; of all when null. */
  async list(experimentIds: string[] | null): Promise<ScorerVersion[]> {
    const ids = experimentIds?.filter(isExperimentId) ?? null
    return this.#database.rows(sql<ScorerVersion>`
      SELECT * FROM (
        SELECT DISTINCT ON (s.scorer_id) ${columns} FROM scorers s JOIN scorer_versions v USING (scorer_id)
        JOIN experiments e USING (experiment_id)
        WHERE e.lifecycle_stage = 'active' AND (${ids}::bigint[] IS NULL OR experiment_id = ANY(${ids}::bigint[]))
        ORDER BY s.scorer_id, v.version DESC) AS newest
      ORDER BY "experimentId"::bigint, name COLLATE "C"`)
  }

  /** Every version, oldest first. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async versions(experimentId: string, name: string): Promise<ScorerVersion[]> {
    await this.#experiments.requireActive(experimentId)
    const rows = await this.#database.rows(sql<ScorerVersion>`
      SELECT ${columns} FROM scorers s JOIN scorer_versions v USING (scorer_id)
      WHERE s.experiment_id = ${experimentId}::bigint AND s.name = ${storableText(name)} ORDER BY v.version`)
    if (rows.length === 0) throw noScorer(experimentId, name, null)
    return rows
  }

  /** One version, the newest when null. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async get(experimentId: string, name: string, version: number | null): Promise<ScorerVersion> {
    await this.#experiments.requireActive(experimentId)
    return read(this.#database, experimentId, name, version)
  }

  /** Deletes one version, or, when null, the scorer with all of them. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async delete(experimentId: string, name: string, version: number | null): Promise<void> {
    await this.#experiments.requireActive(experimentId)
    const own = sql`experiment_id = ${experimentId}::bigint AND name = ${storableText(name)}`
    const deleted = await this.#database.changes(
      version === null
        ? sql`DELETE FROM scorers WHERE ${own}`
        : sql`DELETE FROM scorer_versions WHERE version = ${version}::int
              AND scorer_id IN (SELECT scorer_id FROM scorers WHERE ${own})`,
    )
    if (deleted === 0) throw noScorer(experimentId, name, version)
  }

  /** Which traces the scorers are meant to judge; scorers without such a wish are absent. */
  async onlineScoring(scorerIds: string[]): Promise<OnlineScoring[]> {
    return this.#database.rows(sql<OnlineScoring>`
      SELECT c.config_id AS "configId", scorer_id AS "scorerId", s.experiment_id::text AS "experimentId",
        c.sample_rate AS "sampleRate", c.filter
      FROM scorer_online_configs c JOIN scorers s USING (scorer_id)
      WHERE scorer_id = ANY(${scorerIds.map(storableText)}) ORDER BY s.name COLLATE "C"`)
  }

  /** Says which traces a scorer is meant to judge, in place of what was said before. @throws VoxtraceError RESOURCE_DOES_NOT_EXIST */
  async setOnlineScoring(
    experimentId: string,
    name: string,
    wish: { sampleRate: number; filter: string | null },
  ): Promise<OnlineScoring> {
    const { scorerId } = await this.get(experimentId, name, null)
    const filter = wish.filter === null ? null : storableText(wish.filter)
    await this.#database.rows(sql`
      INSERT INTO scorer_online_configs (scorer_id, config_id, sample_rate, filter)
      VALUES (${scorerId}, ${randomUUID().replaceAll('-', '')}, ${wish.sampleRate}::float8, ${filter})
      ON CONFLICT (scorer_id) DO UPDATE
        SET config_id = EXCLUDED.config_id, sample_rate = EXCLUDED.sample_rate, filter = EXCLUDED.filter`)
    const [config] = await this.onlineScoring([scorerId])
    if (config === undefined) throw noScorer(experimentId, name, null)
    return config
  }
}

async function read(
  connection: Connection,
  experimentId: string,
  name: string,
  version: number | null,
): Promise<ScorerVersion> {
  const [row] = await connection.rows(sql<ScorerVersion>`
    SELECT ${columns} FROM scorers s JOIN scorer_versions v USING (scorer_id)
    WHERE s.experiment_id = ${experimentId}::bigint AND s.name = ${storableText(name)}
      AND (${version}::int IS NULL OR v.version = ${version}::int)
    ORDER BY v.version DESC LIMIT 1`)
  if (row === undefined) throw noScorer(experimentId, name, version)
  return row
}

function noScorer(experimentId: string, name: string, version: number | null): VoxtraceError {
  const which = version === null ? '' : ` and version ${version}`
  return new VoxtraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `Scorer with name '${name}'${which} not found for experiment ${experimentId}.`,
  )
}
