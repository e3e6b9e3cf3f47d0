import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from '../database.ts'
import type { Live } from '../live.ts'
import { sumUpLargeTraces } from '../trace-usage.ts'
import { refreshLargeTraces } from '../turns.ts'
import { readCountedTwice } from './counted-twice.ts'
import { growth, offset } from './histogram.ts'

const tracesPerRound = 500
/** How long after a change the figures are brought up to date. */
const everyMs = 1_000
/** Any number that no other advisory lock of ours has. */
const countingLock = 8_437_211

/** Notes that traces have changed, or are gone, in the transaction that changes them. */
export async function markForCounting(connection: Connection, traceIds: string[]): Promise<void> {
  if (traceIds.length === 0) return
  await connection.rows(sql`INSERT INTO traces_to_count (trace_id) SELECT unnest(${traceIds}::text[])`)
}

/**
 * Brings the figures, and the usage and turns of large traces, up to date with traces that were marked; one process at a time, others return at once. What a
 * trace contributes is computed anew and what it had contributed is taken back, so it matters not how often or in
 * what order its parts came. Returns whether more is to be done.
 */
export async function countMarked(database: Database, live: Live): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const [lock] = await transaction.rows(
      sql<{ held: boolean }>`SELECT pg_try_advisory_xact_lock(${countingLock}) AS held`,
    )
    if (lock?.held !== true) return false
    const marked = await transaction.rows(sql<{ id: string; traceId: string }>`
      SELECT id::text, trace_id AS "traceId" FROM traces_to_count ORDER BY id LIMIT ${tracesPerRound}`)
    if (marked.length === 0) return false
    const traceIds = [...new Set(marked.map((row) => row.traceId))]
    await sumUpLargeTraces(database, traceIds)
    for (const trace of await refreshLargeTraces(database, traceIds))
      live.announce({ type: 'trace', ...trace, change: 'updated' })
    // What is written from here on has marks of its own.
    await transaction.rows(
      sql`DELETE FROM traces_to_count WHERE id = ANY(${marked.map((row) => row.id)}::bigint[])`,
    )
    await countTraces(transaction, traceIds)
    return marked.length === tracesPerRound
  })
}

async function countTraces(transaction: Connection, traceIds: string[]): Promise<void> {
  // How many calls traces have is estimated far too high, and sorting by all that names a cell costs more than hashing.
  await transaction.text('SET LOCAL enable_sort = off')
  const twice = await readCountedTwice(transaction, traceIds)
  await transaction.rows(sql`
    WITH counted AS (
      SELECT trace_id, experiment_id, request_time_ms / 3600000 AS hour, execution_duration_ms, state, span_count,
        error_count, tags
      FROM traces WHERE trace_id = ANY(${traceIds})),
    calls AS (
      SELECT trace_id, span_id, left(model, 200) AS model, start_time_ns, end_time_ns, input_tokens, output_tokens,
        total_tokens, input_cost, output_cost, total_cost
      FROM spans
      WHERE trace_id = ANY(${traceIds}) AND (model IS NOT NULL OR total_tokens IS NOT NULL OR total_cost IS NOT NULL)),
    spoken AS (
      SELECT trace_id, number, interrupted, voice_to_voice_ms, latency FROM turns WHERE trace_id = ANY(${traceIds})),
    twice AS (
      SELECT * FROM unnest(${twice.map(({ traceId }) => traceId)}::text[], ${twice.map(({ spanId }) => spanId)}::text[],
        ${twice.map(({ what }) => what)}::text[], ${twice.map(({ dimension }) => dimension)}::text[])
        AS counted (trace_id, span_id, what, dimension)),
    dimensions AS (
      SELECT trace_id, '' AS dimension, '' AS value FROM counted
      UNION ALL (SELECT DISTINCT trace_id, 'model', model FROM calls WHERE model IS NOT NULL)
      UNION ALL
      SELECT trace_id, 'tag:' || key, tag.value FROM counted CROSS JOIN LATERAL (
        SELECT key, each.value FROM jsonb_each_text(tags) AS each
        WHERE key NOT LIKE 'mlflow.%' AND length(key) <= 60 AND length(each.value) <= 100 ORDER BY key LIMIT 8) AS tag),
    scores AS (
      SELECT trace_id, name, CASE source_type WHEN 'HUMAN' THEN 'human_score' ELSE 'score' END AS metric,
        CASE lower(value #>> '{}') WHEN 'true' THEN 1 WHEN 'yes' THEN 1 WHEN 'false' THEN 0
        WHEN 'no' THEN 0 ELSE CASE WHEN json_typeof(value) = 'number' THEN (value #>> '{}')::float8 END END AS number
      FROM assessments WHERE trace_id = ANY(${traceIds}) AND kind = 'feedback' AND valid AND error IS NULL),
    of_trace AS (
      SELECT trace_id, 'traces' AS metric, 1 AS count, NULL::float8 AS number FROM counted
      UNION ALL SELECT trace_id, 'failed_traces', 1, NULL FROM counted WHERE state = 'ERROR'
      UNION ALL SELECT trace_id, 'spans', span_count, NULL FROM counted WHERE span_count > 0
      UNION ALL SELECT trace_id, 'failed_spans', error_count, NULL FROM counted WHERE error_count > 0
      UNION ALL SELECT trace_id, 'trace_ms', 1, execution_duration_ms FROM counted
      UNION ALL SELECT trace_id, 'turns', 1, NULL FROM spoken WHERE number > 0
      UNION ALL SELECT trace_id, 'interrupted_turns', 1, NULL FROM spoken WHERE number > 0 AND interrupted
      UNION ALL SELECT trace_id, 'voice_to_voice_ms', 1, voice_to_voice_ms FROM spoken
      UNION ALL SELECT trace_id, 'latency.' || part.key || '_ms', 1, part.value::float8
        FROM spoken CROSS JOIN LATERAL json_each_text(latency -> 'parts') AS part
      UNION ALL SELECT trace_id, metric, 1, number FROM scores),
    of_calls AS (
      SELECT trace_id, span_id, model, 'time' AS what, 'model_ms' AS metric, (end_time_ns - start_time_ns) / 1e6 AS number
        FROM calls WHERE model IS NOT NULL AND end_time_ns IS NOT NULL
      UNION ALL SELECT trace_id, span_id, model, 'tokens', 'input_tokens', input_tokens::float8
        FROM calls WHERE input_tokens IS NOT NULL
      UNION ALL SELECT trace_id, span_id, model, 'tokens', 'output_tokens', output_tokens::float8
        FROM calls WHERE output_tokens IS NOT NULL
      UNION ALL SELECT trace_id, span_id, model, 'tokens', 'total_tokens', total_tokens::float8
        FROM calls WHERE total_tokens IS NOT NULL
      UNION ALL SELECT trace_id, span_id, model, 'cost', 'input_cost', input_cost
        FROM calls WHERE input_cost IS NOT NULL
      UNION ALL SELECT trace_id, span_id, model, 'cost', 'output_cost', output_cost
        FROM calls WHERE output_cost IS NOT NULL
      UNION ALL SELECT trace_id, span_id, model, 'cost', 'total_cost', total_cost
        FROM calls WHERE total_cost IS NOT NULL),
    single AS (
      SELECT trace_id, metric, dimension, value, count, number FROM of_trace JOIN dimensions USING (trace_id)
      UNION ALL SELECT trace_id, metric, 'name', left(name, 200), 1, number FROM scores
      UNION ALL SELECT trace_id, metric, dimension, CASE dimension WHEN '' THEN '' ELSE model END, 1, number
        FROM of_calls CROSS JOIN (VALUES (''), ('model')) AS each (dimension)
        WHERE (dimension = '' OR model IS NOT NULL) AND NOT EXISTS (
          SELECT FROM twice WHERE twice.trace_id = of_calls.trace_id AND twice.span_id = of_calls.span_id
            AND twice.what = of_calls.what AND twice.dimension = each.dimension)),
    cells AS (
      SELECT trace_id, experiment_id, metric, dimension, hour, value, bucket, sum(count) AS count,
        coalesce(sum(number), 0) AS sum
      FROM (
        SELECT trace_id, metric, dimension, value, count, number,
          CASE WHEN number IS NULL OR number = 0 THEN 0
            ELSE sign(number) * (${offset} + ceil(ln(abs(number)) / ln(${growth}::float8))) END::int AS bucket
        FROM single
        WHERE (number IS NULL AND metric IN ('traces', 'failed_traces', 'spans', 'failed_spans', 'turns', 'interrupted_turns'))
          OR abs(number) < 1e300) AS placed
      JOIN counted USING (trace_id)
      GROUP BY trace_id, experiment_id, metric, dimension, hour, value, bucket),
    kept AS (
      INSERT INTO counted_traces (trace_id, experiment_id, cells)
      SELECT trace_id, experiment_id, json_agg(json_build_array(metric, dimension, hour, value, bucket, count, sum))
      FROM cells GROUP BY trace_id, experiment_id
      ON CONFLICT (trace_id) DO UPDATE SET experiment_id = EXCLUDED.experiment_id, cells = EXCLUDED.cells),
    forgotten AS (
      DELETE FROM counted_traces WHERE trace_id = ANY(${traceIds}) AND trace_id NOT IN (SELECT trace_id FROM counted)),
    difference AS (
      SELECT experiment_id, metric, dimension, hour, value, bucket, count, sum FROM cells
      UNION ALL
      SELECT experiment_id, cell ->> 0, cell ->> 1, (cell ->> 2)::bigint, cell ->> 3, (cell ->> 4)::int,
        -(cell ->> 5)::bigint, -(cell ->> 6)::float8
      FROM counted_traces CROSS JOIN LATERAL json_array_elements(cells) AS cell WHERE trace_id = ANY(${traceIds}))
    INSERT INTO dashboard_figures AS figures (experiment_id, metric, dimension, hour, value, bucket, count, sum)
    SELECT experiment_id, metric, dimension, hour, value, bucket, sum(count), sum(sum) FROM difference
    GROUP BY experiment_id, metric, dimension, hour, value, bucket HAVING sum(count) <> 0 OR sum(sum) <> 0
    ON CONFLICT (experiment_id, metric, dimension, hour, value, bucket) DO UPDATE
      SET count = figures.count + EXCLUDED.count, sum = figures.sum + EXCLUDED.sum`)
}

/** Keeps the figures up to date until it is stopped. */
export class Counting {
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  constructor(database: Database, live: Live, log: Log) {
    this.#running = this.#run(database, live, log)
  }

  async #run(database: Database, live: Live, log: Log): Promise<void> {
    const { signal } = this.#stopping
    let failed = false
    while (!signal.aborted) {
      let more = false
      try {
        more = await countMarked(database, live)
        failed = false
      } catch (error) {
        if (!failed) log.warn('figures of dashboards could not be kept', { reason: String(error) })
        failed = true
      }
      if (!more) await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Finishes the round under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }
}
