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
   * The histories of runs, one after the other, each thinned to at most `maxResults` values between two steps (both
   * included; null means all): of as many ranges of equally many values the first of each, and of the last range the
   * last, as MLflow's server samples since 3.17.
   */
  async historyInterval(query: {
    runIds: string[]
    key: string
    startStep: number | null
    endStep: number | null
    maxResults: number
  }): Promise<RunMetric[]> {
    const order = sql`step, timestamp_ms, coalesce(nullif(value, 'NaN'), 0), value = 'NaN'`
    return this.#database.rows(sql<RunMetric>`
      SELECT asked.run_id AS "runId", ${storableText(query.key)}::text AS key, value, timestamp_ms AS "timestampMs", step
      FROM unnest(${query.runIds.map(storableText)}::text[]) WITH ORDINALITY AS asked (run_id, number)
      CROSS JOIN LATERAL (
        SELECT step, timestamp_ms, value, place, total, range,
          row_number() OVER (PARTITION BY range ORDER BY place) AS place_in_range
        FROM (
          SELECT step, timestamp_ms, value, row_number() OVER (ORDER BY ${order}) AS place, count(*) OVER () AS total,
            ntile(${query.maxResults}::int) OVER (ORDER BY ${order}) AS range
          FROM metrics m
          WHERE m.run_id = asked.run_id AND m.key = ${storableText(query.key)}
            AND (${query.startStep}::bigint IS NULL OR step >= ${query.startStep}::bigint)
            AND (${query.endStep}::bigint IS NULL OR step <= ${query.endStep}::bigint)) AS ranged) AS sampled
      WHERE CASE WHEN range = ${query.maxResults}::int THEN place = total ELSE place_in_range = 1 END
      ORDER BY asked.number, place`)
  }
}
