import { query } from './database.ts'

const tracesPerRound = 400

/**
 * Fills the tables up to `rows` spans with copies of traces that are there, under new ids and spread over the week
 * before. Returns how many spans there are then.
 */
export async function replicateSpans(databaseUrl: string, rows: number): Promise<number> {
  const columns = await query<{ name: string; type: string }>(
    databaseUrl,
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_name = 'spans' AND table_schema = 'public' ORDER BY ordinal_position`,
  )
  const list = columns.map(({ name }) => name).join(', ')
  const copied = columns
    .map(({ name }) =>
      name === 'trace_id' ? 'n.new_id' : name.endsWith('_time_ns') ? `s.${name} - n.shift` : `s.${name}`,
    )
    .join(', ')
  let present = await count(databaseUrl)
  await query(
    databaseUrl,
    `CREATE TABLE IF NOT EXISTS replicated_from AS
     SELECT trace_id FROM traces WHERE span_count > 0 ORDER BY md5(trace_id) LIMIT ${tracesPerRound}`,
  )
  for (let round = 0; present < rows; round++) {
    await query(
      databaseUrl,
      `WITH chosen AS (
         SELECT trace_id, 'tr-' || md5(trace_id || ':${round}:${present}') AS new_id,
           (abs(hashtextextended(trace_id, ${present})) % 604800)::bigint * 1000000000 AS shift
         FROM replicated_from),
       made AS (
         INSERT INTO traces (trace_id, experiment_id, request_time_ms, execution_duration_ms, state, request_preview,
           response_preview, metadata, tags, first_start_ns, last_end_ns, root_span_id, root_start_ns, root_ended,
           span_count, error_count)
         SELECT n.new_id, experiment_id, request_time_ms - n.shift / 1000000, execution_duration_ms, state,
           request_preview, response_preview,
           metadata || jsonb_build_object('mlflow.trace.session', 'session-' || (abs(hashtext(n.new_id)) % 20000)),
           tags || jsonb_build_object('campaign', 'c' || (abs(hashtext(n.new_id)) % 50)),
           first_start_ns - n.shift, last_end_ns - n.shift, root_span_id, root_start_ns - n.shift, root_ended,
           span_count, error_count
         FROM traces JOIN chosen n USING (trace_id)
         RETURNING span_count),
       spoken AS (
         INSERT INTO turns (trace_id, span_id, number, ended, interrupted, user_text, voice_to_voice_ms, latency)
         SELECT n.new_id, span_id, number, ended, interrupted, user_text, voice_to_voice_ms, latency
         FROM turns JOIN chosen n USING (trace_id))
       INSERT INTO spans (${list}) SELECT ${copied} FROM spans s JOIN chosen n USING (trace_id)`,
    )
    present = await count(databaseUrl)
  }
  await query(databaseUrl, 'VACUUM (ANALYZE) spans')
  await query(databaseUrl, 'VACUUM (ANALYZE) traces')
  await query(databaseUrl, 'VACUUM (ANALYZE) turns')
  await query(databaseUrl, 'CHECKPOINT')
  return present
}

async function count(databaseUrl: string): Promise<number> {
  const [row] = await query<{ count: string }>(databaseUrl, 'SELECT sum(span_count) AS count FROM traces')
  return Number(row?.count ?? 0)
}
