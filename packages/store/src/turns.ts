import { readConversation, type Turn } from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import { readSpans, type SpanRecord } from './span-rows.ts'

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
  const isTurn = records.some((record) => record.isTurn)
  if (!isTurn && !(hadTurns && (await concernsTurns(transaction, traceId, records)))) return
  const spans = (await readSpans(transaction, [traceId])).get(traceId) ?? []
  const turns = readConversation(spans)?.turns ?? []
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
