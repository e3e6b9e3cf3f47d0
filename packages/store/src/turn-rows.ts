import { hash } from 'node:crypto'
import {
  attributesByType,
  namesOfTellingSpans,
  type PlacedTurn,
  placeTurns,
  readPlacedTurns,
  type Span,
  spansOfTurn,
  type Turn,
  turnNumbers,
  withoutPayload,
} from '@voxtrace/model'
import { sql } from 'kysely'
import type { Connection } from './database.ts'
import { jsonText, storableText } from './json-text.ts'
import { readSpans } from './span-rows.ts'

interface NewTurn extends Turn {
  counted: number | null
  readFrom: string
}

/** How the rows of a trace's turns differ from what its spans say. */
export interface TurnsChange {
  written: NewTurn[]
  renumbered: { spanId: string; number: number }[]
  /** Turns that are told by another span than before: LiveKit's user_turn gives way to its agent_turn. */
  goneIds: string[]
}

interface KnownTurn {
  spanId: string
  number: number
  counted: number | null
  readFrom: string | null
}

/**
 * Reads what has to change in the rows of a trace's turns. Where its turns are is read from an outline of all spans; only
 * of turns whose spans have changed are the payloads read.
 */
export async function readTurnsChange(
  connection: Connection,
  traceId: string,
  hadTurns: boolean,
): Promise<TurnsChange> {
  const rows = hadTurns ? await readKnown(connection, traceId) : []
  const known = new Map(rows.map((turn) => [turn.spanId, turn]))
  const { outline, rewritten } = await readTurnOutline(connection, traceId)
  const placed = placeTurns(outline)
  const readFrom = digestsOf(placed, rewritten)
  const hasChanged = (index: number) => known.get(placed[index]?.spanId ?? '')?.readFrom !== readFrom[index]
  const toRead = placed.filter((_turn, index) => index < 2 || hasChanged(index))
  const records = await readRecords(connection, traceId, toRead)
  const { turns, countsGreeting } = readPlacedTurns(toRead, (span) => records.get(span.spanId) ?? span)
  const read = new Map(turns.map((turn) => [turn.spanId, turn]))
  const numbers = turnNumbers(
    placed.map(({ spanId }) => (read.get(spanId) ?? known.get(spanId))?.counted ?? null),
    countsGreeting,
  )
  const change: TurnsChange = { written: [], renumbered: [], goneIds: [] }
  for (const [index, { spanId }] of placed.entries()) {
    const turn = read.get(spanId)
    const number = numbers[index] ?? 0
    if (turn !== undefined && hasChanged(index))
      change.written.push({ ...turn, number, readFrom: readFrom[index] ?? '' })
    else if (known.get(spanId)?.number !== number) change.renumbered.push({ spanId, number })
    known.delete(spanId)
  }
  change.goneIds.push(...known.keys())
  return change
}

function readKnown(connection: Connection, traceId: string): Promise<KnownTurn[]> {
  return connection.rows(sql<KnownTurn>`
    SELECT span_id AS "spanId", number, counted, read_from AS "readFrom" FROM turns WHERE trace_id = ${traceId}`)
}

export async function writeTurnsChange(
  transaction: Connection,
  traceId: string,
  { written, renumbered, goneIds }: TurnsChange,
): Promise<void> {
  if (goneIds.length > 0) {
    await transaction.rows(
      sql`DELETE FROM turns WHERE trace_id = ${traceId} AND span_id = ANY(${goneIds}::text[])`,
    )
  }
  if (renumbered.length > 0) {
    await transaction.rows(sql`
      UPDATE turns u SET number = n.number
      FROM unnest(${renumbered.map(({ spanId }) => spanId)}::text[], ${renumbered.map(({ number }) => number)}::int[])
        AS n (span_id, number)
      WHERE u.trace_id = ${traceId} AND u.span_id = n.span_id`)
  }
  for (let first = 0; first < written.length; first += turnsPerStatement) {
    await writeTurns(transaction, traceId, written.slice(first, first + turnsPerStatement))
  }
}

interface OutlineRow extends Pick<Span, 'spanId' | 'parentSpanId' | 'name'> {
  type: string
  start: string
  hasEnded: boolean
  rewritten: number
  /** Of spans whose attributes tell where turns are. */
  attributes: Span['attributes'] | null
}

interface TurnOutline {
  /** All spans of the trace in order of start, with what placing turns needs: not when they ended, but whether. */
  outline: Span[]
  /** How often spans were written over, by their ids. */
  rewritten: Map<string, number>
}

async function readTurnOutline(connection: Connection, traceId: string): Promise<TurnOutline> {
  const rows = await connection.rows(sql<OutlineRow>`
    SELECT span_id AS "spanId", parent_span_id AS "parentSpanId", name, type, start_time_ns::text AS start,
      end_time_ns IS NOT NULL AS "hasEnded", rewritten, CASE WHEN name = ANY(${namesOfTellingSpans}::text[]) THEN attributes END AS attributes
    FROM spans WHERE trace_id = ${traceId} ORDER BY start_time_ns, span_id`)
  const attributesOfType = attributesByType()
  return {
    outline: rows.map((row) => ({
      ...withoutPayload,
      traceId,
      spanId: row.spanId,
      parentSpanId: row.parentSpanId,
      name: row.name,
      kind: 'UNSPECIFIED',
      startTimeUnixNano: BigInt(row.start),
      endTimeUnixNano: row.hasEnded ? 0n : null,
      status: { code: 'UNSET', message: '' },
      attributes: row.attributes ?? attributesOfType(row.type),
    })),
    rewritten: new Map(rows.map(({ spanId, rewritten }) => [spanId, rewritten])),
  }
}

/** A digest for each turn of all that decides what is read of it. */
function digestsOf(placed: PlacedTurn[], rewritten: Map<string, number>): string[] {
  const digests = placed.map((turn) => {
    const spans = spansOfTurn(turn).map(({ spanId }) => `${spanId}:${rewritten.get(spanId)}`)
    const parts = [turn.turn !== null, turn.userTurn !== null, turn.steps.length, turn.isFirst, turn.isLast]
    return hash('sha1', [...parts, ...spans].join(' '), 'base64url')
  })
  // The second turn may tell what was said in the first.
  if (digests[0] !== undefined && digests[1] !== undefined) digests[0] += ` ${digests[1]}`
  return digests
}

async function readRecords(
  connection: Connection,
  traceId: string,
  turns: PlacedTurn[],
): Promise<Map<string, Span>> {
  const ids = turns.flatMap(spansOfTurn).map(({ spanId }) => spanId)
  if (ids.length === 0) return new Map()
  const spans = await readSpans(connection, [traceId], sql`span_id = ANY(${ids}::text[])`)
  return new Map(spans.get(traceId)?.map((span) => [span.spanId, span]))
}

/** PostgreSQL takes at most 65,535 parameters a statement. */
const turnsPerStatement = 1000

async function writeTurns(
  transaction: Connection,
  traceId: string,
  turns: readonly NewTurn[],
): Promise<void> {
  await transaction.rows(sql`
    INSERT INTO turns (trace_id, span_id, number, ended, interrupted, user_text, agent_text, voice_to_voice_ms, latency,
      counted, read_from)
    VALUES ${sql.join(
      turns.map(
        (turn) => sql`(${traceId}, ${turn.spanId}, ${turn.number}::int, ${turn.endTimeUnixNano !== null},
          ${turn.interrupted}, ${textOrNull(turn.userText)}, ${textOrNull(turn.agentText)},
          ${turn.latency.voiceToVoiceMs}::float8, ${jsonText(turn.latency)}::json, ${turn.counted}::int, ${turn.readFrom})`,
      ),
    )}
    ON CONFLICT (trace_id, span_id) DO UPDATE SET
      number = EXCLUDED.number, ended = EXCLUDED.ended, interrupted = EXCLUDED.interrupted,
      user_text = EXCLUDED.user_text, agent_text = EXCLUDED.agent_text, voice_to_voice_ms = EXCLUDED.voice_to_voice_ms,
      latency = EXCLUDED.latency, counted = EXCLUDED.counted, read_from = EXCLUDED.read_from`)
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text)
}
