import { sql } from 'kysely'
import type { Connection, Database } from './database.ts'
import type { SpanRecord } from './span-rows.ts'
import type { KnownTrace } from './trace-ingest.ts'
import { readTurnsChange, writeTurnsChange } from './turn-rows.ts'

/**
 * Brings the rows of a trace's turns up to date after spans of it were written. The rows are what `readConversation` finds,
 * so that every vocabulary gives them; since that looks through the trace's spans, it is done only when a turn or the root
 * has changed, or a span came below a turn that had ended.
 */
export async function refreshTurns(
  transaction: Connection,
  traceId: string,
  hadTurns: boolean,
  records: SpanRecord[],
): Promise<void> {
  if (!(await changesTurns(transaction, traceId, hadTurns, records))) return
  await writeTurnsChange(transaction, traceId, await readTurnsChange(transaction, traceId, hadTurns))
}

/**
 * Notes that the turns of a large trace have changed. Finding them looks through the whole trace, so it is done behind the
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
    const change = await readTurnsChange(database, traceId, true)
    await database.transaction(async (transaction) => {
      const kept = await transaction.changes(sql`
        UPDATE traces SET turns_due = CASE WHEN turns_due = ${changes}::bigint THEN 0 ELSE turns_due END
        WHERE trace_id = ${traceId}`)
      if (kept > 0) await writeTurnsChange(transaction, traceId, change)
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
