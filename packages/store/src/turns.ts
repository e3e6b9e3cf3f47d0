import { readConversation, type Turn } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import { readSpans, type SpanRecord } from './span-rows.ts'
import type { KnownTrace } from './trace-ingest.ts'

/**
 * Brings the rows of a trace's turns up to date after spans of it were written. The turns are read by
 * `readConversation`, so that every vocabulary gives them; since that reads the trace's payloads, it is done only when
 * a turn or the root has changed, or a span came below a turn that had ended.
 */
export async function refreshTurns(
  transaction: Connection,
  traceId: string,
  hadTurns: boolean,
  records: SpanRecord[],
): Promise<void> {
  if (!(await changesTurns(transaction, traceId, hadTurns, records))) return
  await replaceTurns(transaction, traceId, await readTurns(transaction, traceId))
}

/**
 * Notes that the turns of a large trace have changed. Reading them anew reads the whole trace, so it is done behind the
 * writers, by `refreshLargeTraces`, however many batches came meanwhile.
 */
export async function postponeTurns(
  transaction: Connection,
  { traceId, turnsDue, hasTurns }: KnownTrace,
  records: SpanRecord[],
): Promise<void> {
  if (!turnsDue && !(await changesTurns(transaction, traceId, hasTurns, records))) return
  await transaction.rows(sql`UPDATE traces SET turns_due = turns_due + 1 WHERE trace_id = ${traceId}`)
}

/** A trace whose turns have been brought up to date. */
export interface RefreshedTrace {
  traceId: string
  experimentId: string
}

/**
 * Brings the turns of those of the traces up to date whose changes were postponed. A trace is locked while its turns are
 * written and not while they are read: what changes meanwhile is noted, and read the next time.
 */
export async function refreshLargeTraces(database: Database, traceIds: string[]): Promise<RefreshedTrace[]> {
  const due = await database.rows(sql<RefreshedTrace & { changes: number }>`
    SELECT trace_id AS "traceId", experiment_id::text AS "experimentId", turns_due AS changes
    FROM traces WHERE trace_id = ANY(${traceIds}) AND turns_due > 0`)
  for (const { traceId, changes } of due) {
    const turns = await readTurns(database, traceId)
    await database.transaction(async (transaction) => {
      const kept = await transaction.changes(sql`
        UPDATE traces SET turns_due = CASE WHEN turns_due = ${changes}::bigint THEN 0 ELSE turns_due END
        WHERE trace_id = ${traceId}`)
      if (kept > 0) await replaceTurns(transaction, traceId, turns)
    })
  }
  return due.map(({ traceId, experimentId }) => ({ traceId, experimentId }))
}

async function changesTurns(
  transaction: Connection,
  traceId: string,
  hadTurns: boolean,
  records: SpanRecord[],
): Promise<boolean> {
  if (records.some((record) => record.isTurn)) return true
  return hadTurns && (await concernsTurns(transaction, traceId, records))
}

async function readTurns(connection: Connection, traceId: string): Promise<readonly Turn[]> {
  const spans = (await readSpans(connection, [traceId])).get(traceId) ?? []
  return readConversation(spans)?.turns ?? []
}

async function replaceTurns(transaction: Connection, traceId: string, turns: readonly Turn[]): Promise<void> {
  // A turn that is answered may be told by another span than before: LiveKit's user_turn gives way to its agent_turn.
  await transaction.rows(sql`
    DELETE FROM turns WHERE trace_id = ${traceId} AND span_id <> ALL(${turns.map(({ spanId }) => spanId)}::text[])`)
  for (let first = 0; first < turns.length; first += turnsPerStatement) {
    await writeTurns(transaction, traceId, turns.slice(first, first + turnsPerStatement))
  }
}

/** PostgreSQL takes at most 65,535 parameters a statement. */
const turnsPerStatement = 1000

async function writeTurns(transaction: Connection, traceId: string, turns: readonly Turn[]): Promise<void> {
  await transaction.rows(sql`
    INSERT INTO turns (trace_id, span_id, number, ended, interrupted, user_text, agent_text, voice_to_voice_ms, latency)
    VALUES ${sql.join(
      turns.map(
        (turn) => sql`(${traceId}, ${turn.spanId}, ${turn.number}::int, ${turn.endTimeUnixNano !== null},
          ${turn.interrupted}, ${textOrNull(turn.userText)}, ${textOrNull(turn.agentText)},
          ${turn.latency.voiceToVoiceMs}::float8, ${jsonText(turn.latency)}::json)`,
      ),
    )}
    ON CONFLICT (trace_id, span_id) DO UPDATE SET
      number = EXCLUDED.number, ended = EXCLUDED.ended, interrupted = EXCLUDED.interrupted,
      user_text = EXCLUDED.user_text, agent_text = EXCLUDED.agent_text, voice_to_voice_ms = EXCLUDED.voice_to_voice_ms, latency = EXCLUDED.latency`)
}

async function concernsTurns(
  transaction: Connection,
  traceId: string,
  records: SpanRecord[],
): Promise<boolean> {
  if (records.length === 0) return false
  const parents = records.flatMap(({ span }) => (span.parentSpanId === null ? [] : [span.parentSpanId]))
  const rootEnded = records.some(({ span }) => span.parentSpanId === null && span.endTimeUnixNano !== null)
  const [row] = await transaction.rows(sql<{ concerned: boolean }>`
    SELECT EXISTS (
      SELECT FROM turns WHERE trace_id = ${traceId} AND (${rootEnded} OR (ended AND span_id = ANY(${parents})))
    ) AS concerned`)
  return row?.concerned ?? false
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text)
}
