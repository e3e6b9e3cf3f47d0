import { latencyParts } from '@voxtrace/model'
import type { FilterCondition } from '@voxtrace/protocol'
import { sql } from 'kysely'
import {
  type Condition,
  existing,
  existingInTrace,
  jsonCondition,
  numberCondition,
  numeric,
  textCondition,
  unquoted,
} from './conditions.ts'

interface TurnColumn {
  value: Condition
  kind: 'number' | 'text' | 'boolean'
}

/** What is kept of every turn, whichever vocabulary told it, of a table aliased `u`. */
const turnColumns: Record<string, TurnColumn> = {
  number: { value: sql`u.number`, kind: 'number' },
  voice_to_voice_ms: { value: sql`u.voice_to_voice_ms`, kind: 'number' },
  interrupted: { value: sql`u.interrupted`, kind: 'boolean' },
  user_text: { value: sql`u.user_text`, kind: 'text' },
  agent_text: { value: sql`u.agent_text`, kind: 'text' },
  ...Object.fromEntries(
    latencyParts.map((part): [string, TurnColumn] => [
      `latency.${part}_ms`,
      { value: sql`(u.latency -> 'parts' ->> ${part}::text)::float8`, kind: 'number' },
    ]),
  ),
}

/** The condition that one turn of a trace, of a table aliased `t`, holds. */
export function turnCondition(key: string, condition: FilterCondition): Condition {
  const column = columnOf(key)
  if (column === null) {
    const value = attribute(key)
    const rows = sql`spans s WHERE s.trace_id = t.trace_id AND s.is_turn AND ${value} IS NOT NULL`
    return existingInTrace(rows, unquoted(value), condition, jsonCondition)
  }
  const { value, kind } = column
  const rows = sql`turns u WHERE u.trace_id = t.trace_id AND ${value} IS NOT NULL`
  if (kind === 'number') return existing(rows, value, condition, numberCondition)
  return existing(rows, kind === 'text' ? value : sql`${value}::text`, condition, textCondition)
}

/** Whether it is kept of every turn, and not only among the attributes of its span. */
export function isToldByTurns(key: string): boolean {
  return columnOf(key) !== null
}

export function isNumberOfTurns(key: string): boolean {
  return columnOf(key)?.kind === 'number'
}

/** The condition that a turn, of a table aliased `u`, itself holds; its trace is of a table aliased `t`. */
export function ownTurnCondition(key: string, condition: FilterCondition): Condition {
  const column = columnOf(key)
  if (column === null) {
    const value = attribute(key)
    const rows = sql`spans s WHERE s.trace_id = t.trace_id AND s.span_id = u.span_id AND ${value} IS NOT NULL`
    return existing(rows, unquoted(value), condition, jsonCondition)
  }
  const { value, kind } = column
  if (kind === 'number') return numberCondition(value, condition)
  return textCondition(kind === 'text' ? value : sql`${value}::text`, condition)
}

/** A trace is ordered by the greatest value among its turns; text orders nothing. */
export function greatestOfTurns(key: string): Condition {
  const column = columnOf(key)
  if (column === null) {
    const value = attribute(key)
    return sql`(SELECT max(CASE WHEN ${value} ~ ${numeric} THEN (${value})::float8 END)
      FROM spans s WHERE s.trace_id = t.trace_id AND s.is_turn)`
  }
  if (column.kind === 'text') return sql`NULL::float8`
  const value = column.kind === 'boolean' ? sql`${column.value}::int` : column.value
  return sql`(SELECT max(${value})::float8 FROM turns u WHERE u.trace_id = t.trace_id)`
}

function columnOf(key: string): TurnColumn | null {
  return Object.hasOwn(turnColumns, key) ? (turnColumns[key] ?? null) : null
}

/** What a turn's span says itself of anything else. */
function attribute(key: string): Condition {
  return sql`(s.attributes ->> ${`turn.${key}`}::text)`
}
