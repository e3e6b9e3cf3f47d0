import { sql } from 'kysely'
import type { Condition } from './conditions.ts'

/** The valid feedback or expectations of a name of a trace, of a table aliased `t`. */
export function feedbackOf(name: string, kind: 'feedback' | 'expectation' = 'feedback'): Condition {
  return sql`assessments a WHERE a.trace_id = t.trace_id AND a.valid AND a.kind = ${kind} AND a.name = ${name}`
}

export const feedbackValue = sql`(a.value #>> '{}')`

/** What judges gave under a name, people left out. */
export function scoreOf(name: string): Condition {
  return sql`${feedbackOf(name)} AND a.source_type <> 'HUMAN' AND a.error IS NULL AND ${scoreValue} IS NOT NULL`
}

/** The number that a score or a yes and no is; null of anything else. */
export const scoreValue = sql`(CASE lower(a.value #>> '{}') WHEN 'true' THEN 1 WHEN 'yes' THEN 1 WHEN 'false' THEN 0
  WHEN 'no' THEN 0 ELSE CASE WHEN json_typeof(a.value) = 'number' THEN (a.value #>> '{}')::float8 END END)`
