import type { Metric } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { storableText } from './json-text.ts'
import { Keyset, type PageRow } from './search/keyset.ts'
import type { Page, PageRequest } from './search/query.ts'

/** A metric as it is logged; the value may be NaN or an infinity, which is stored as the largest finite number, as MLflow does. */
export type MetricInput = Metric

export interface RunMetric extends Metric {
  runId: string
}

/** Writes metrics of one run and its latest values. The latest is the greatest by step, then time, then value, NaN counting as 0. */
export async function writeMetrics(
  transaction: Connection,
  runId: string,
  metrics: MetricInput[],
): Promise<void> {
  if (metrics.length === 0) return
  const columns = [
    metrics.map((metric) => storableText(metric.key)),
    metrics.map((metric) => metric.step),
    metrics.map((metric) => metric.timestampMs),
    metrics.map((metric) => finiteOrNaN(metric.value)),
  ] as const
  const given = sql`unnest(${columns[0]}::text[], ${columns[1]}::bigint[], ${columns[2]}::bigint[], ${columns[3]}::float8[])
    AS t (key, step, timestamp_ms, value)`
  await transaction.rows(sql`
    INSERT INTO metrics (run_id, key, step, timestamp_ms, value)
    SELECT ${runId}, key, step, timestamp_ms, value FROM ${given} ON CONFLICT DO NOTHING`)
  await transaction.rows(sql`
    INSERT INTO latest_metrics AS latest (run_id, key, step, timestamp_ms, value)
    SELECT DISTINCT ON (key) ${runId}, key, step, timestamp_ms, value FROM ${given}
    ORDER BY key, step DESC, timestamp_ms DESC, coalesce(nullif(value, 'NaN'), 0) DESC
    ON CONFLICT (run_id, key) DO UPDATE
      SET step = EXCLUDED.step, timestamp_ms = EXCLUDED.timestamp_ms, value = EXCLUDED.value
      WHERE (EXCLUDED.step, EXCLUDED.timestamp_ms, coalesce(nullif(EXCLUDED.value, 'NaN'), 0))
          > (latest.step, latest.timestamp_ms, coalesce(nullif(latest.value, 'NaN'), 0))`)
}

function finiteOrNaN(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

export interface HistoryQuery extends PageRequest {
  runIds: string[]
  key: string
}

/** Values of metrics over time. */
export class Metrics {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The history of one metric over one or more runs, by run, time, step and value. */
  async historyPage({ runIds, key, maxResults, pageToken: token }: HistoryQuery): Promise<Page<RunMetric>> {
    const keyset = new Keyset(
      [
        { expression: sql`run_id`, type: 'text', ascending: true, nullable: false },
        { expression: sql`timestamp_ms`, type: 'bigint', ascending: true, nullable: false },
        { expression: sql`step`, type: 'bigint', ascending: true, nullable: false },
        { expression: sql`value`, type: 'float8', ascending: true, nullable: false },
      ],
      ['history'],
      token,
    )
    const rows = await this.#database.rows(sql<RunMetric & PageRow>`
      SELECT run_id AS "runId", key, value, timestamp_ms AS "timestampMs", step, ${keyset.column} FROM metrics
      WHERE run_id = ANY(${runIds.map(storableText)}) AND key = ${storableText(key)} AND ${keyset.behind}
      ORDER BY ${keyset.orderBy} LIMIT ${maxResults + 1}`)
    return keyset.page(rows, maxResults)
  }

  /**
   * The history thinned to about `maxResults` steps a run between two steps (both included; null means all), the
   * first and last steps of each run always among them.
   */
  async historyInterval(query: {
    runIds: string[]
    key: string
    startStep: number | null
    endStep: number | null
    maxResults: number
  }): Promise<RunMetric[]> {
    return this.#database.rows(sql<RunMetric>`
      WITH steps AS (
        SELECT DISTINCT step FROM metrics
        WHERE run_id = ANY(${query.runIds.map(storableText)}) AND key = ${storableText(query.key)}
          AND (${query.startStep}::bigint IS NULL OR step >= ${query.startStep}::bigint)
          AND (${query.endStep}::bigint IS NULL OR step <= ${query.endStep}::bigint)),
      numbered AS (SELECT step, row_number() OVER (ORDER BY step) - 1 AS place, count(*) OVER () AS total FROM steps),
      edges AS (
        SELECT min(step) AS step FROM metrics WHERE run_id = ANY(${query.runIds.map(storableText)}) AND key = ${storableText(query.key)} GROUP BY run_id
        UNION SELECT max(step) FROM metrics WHERE run_id = ANY(${query.runIds.map(storableText)}) AND key = ${storableText(query.key)} GROUP BY run_id),
      kept AS (
        SELECT step FROM numbered
        WHERE total <= ${query.maxResults} OR place * ${query.maxResults} / total > (place - 1) * ${query.maxResults} / total OR place = 0
        UNION SELECT n.step FROM numbered n JOIN edges USING (step))
      SELECT run_id AS "runId", key, value, timestamp_ms AS "timestampMs", step FROM metrics
      WHERE run_id = ANY(${query.runIds.map(storableText)}) AND key = ${storableText(query.key)} AND step IN (SELECT step FROM kept)
      ORDER BY run_id, step, timestamp_ms, value`)
  }
}
