import type { FilterCondition, FilterNode } from '@voxtrace/protocol'
import { type RawBuilder, sql } from 'kysely'

export type Condition = RawBuilder<unknown>

export type Comparison = Extract<FilterNode, { kind: 'comparison' }>

/** Comparisons that ask for one and the same thing, and what they ask of it together. */
export interface Together {
  comparisons: Comparison[]
  condition: Condition
}

/**
 * Turns a filter tree into a SQL condition, its comparisons by `comparison`. Of those that are joined by AND `together` may
 * take some together, each once.
 */
export function conditionOf(
  node: FilterNode,
  comparison: (node: Comparison) => Condition,
  together: (joined: Comparison[]) => Together[] = () => [],
): Condition {
  const each = (operand: FilterNode) => conditionOf(operand, comparison, together)
  switch (node.kind) {
    case 'and': {
      const groups = together(node.operands.filter((operand) => operand.kind === 'comparison'))
      const taken = new Set<FilterNode>(groups.flatMap(({ comparisons }) => comparisons))
      const rest = node.operands.filter((operand) => !taken.has(operand))
      const all = [...groups.map(({ condition }) => condition), ...rest.map(each)]
      return all.length === 0 ? sql`true` : sql`(${sql.join(all, sql` AND `)})`
    }
    case 'or':
      return node.operands.length === 0 ? sql`false` : sql`(${sql.join(node.operands.map(each), sql` OR `)})`
    case 'not':
      return sql`NOT coalesce(${each(node.operand)}, false)`
    case 'comparison':
      return comparison(node)
  }
}

/** Text compared as MLflow does: LIKE minds case, ILIKE does not, a backslash is no escape. */
export function textCondition(column: Condition, condition: FilterCondition): Condition {
  switch (condition.operator) {
    case '=':
      return sql`${column} = ${String(condition.value)}`
    case '!=':
      return sql`${column} <> ${String(condition.value)}`
    case 'LIKE':
      return sql`${column} LIKE ${condition.value} ESCAPE ''`
    case 'ILIKE':
      return sql`${column} ILIKE ${condition.value} ESCAPE ''`
    case 'RLIKE':
      return sql`${column} ~ ${condition.value}`
    case 'IN':
      return sql`${column} = ANY(${condition.values}::text[])`
    case 'NOT IN':
      return sql`${column} <> ALL(${condition.values}::text[])`
    case 'IS NULL':
      return sql`${column} IS NULL`
    case 'IS NOT NULL':
      return sql`${column} IS NOT NULL`
    default:
      return numberCondition(sql`(CASE WHEN ${column} ~ ${numeric} THEN (${column})::float8 END)`, condition)
  }
}

/** A number of a JSON object in a text that a client wrote; what is malformed has none. */
export function numberIn(text: Condition, key: string): Condition {
  const pattern = `"${key}"\\s*:\\s*(\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d{1,2})?)`
  return sql`(substring(${text} from ${pattern}))::float8`
}

/** What PostgreSQL takes for a number, so that a cast never fails. */
export const numeric = '^[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,2})?$'

/** Whole numbers, compared as such where a whole number is asked for: only so does an index on the column find them. */
export function integerCondition(column: Condition, condition: FilterCondition): Condition {
  const isWhole = 'value' in condition && Number.isSafeInteger(Number(condition.value))
  return numberCondition(column, condition, isWhole ? 'bigint' : 'float8')
}

/** Numbers; `=` with text never matches. */
export function numberCondition(
  column: Condition,
  condition: FilterCondition,
  type: 'bigint' | 'float8' = 'float8',
): Condition {
  switch (condition.operator) {
    case '=':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return sql`${column} ${sql.raw(condition.operator === '!=' ? '<>' : condition.operator)} ${Number(condition.value)}::${sql.raw(type)}`
    case 'IS NULL':
      return sql`${column} IS NULL`
    case 'IS NOT NULL':
      return sql`${column} IS NOT NULL`
    default:
      return sql`false`
  }
}

/** A value kept as JSON, compared as the literal is: numbers as numbers, booleans as booleans, else as text. */
export function jsonCondition(asText: Condition, condition: FilterCondition): Condition {
  if ('value' in condition && typeof condition.value === 'number') {
    return numberCondition(sql`(CASE WHEN ${asText} ~ ${numeric} THEN (${asText})::float8 END)`, condition)
  }
  return textCondition(asText, condition)
}

/** MLflow's SDKs write attributes as JSON text, so that a string stands in quotes. */
export function unquoted(value: Condition): Condition {
  return sql`(CASE WHEN ${value} LIKE '"%"' THEN substr(${value}, 2, length(${value}) - 2) ELSE ${value} END)`
}

/** A value that may be absent: exists and holds, or, for IS NULL, does not exist. */
export function existing(
  rows: Condition,
  value: Condition,
  condition: FilterCondition,
  hold: typeof textCondition,
): Condition {
  if (condition.operator === 'IS NULL') return sql`NOT EXISTS (SELECT FROM ${rows})`
  if (condition.operator === 'IS NOT NULL') return sql`EXISTS (SELECT FROM ${rows})`
  return sql`EXISTS (SELECT FROM ${rows} AND ${hold(value, condition)})`
}

/**
 * As `existing`, of the spans of one trace, looked for trace by trace in the order of the list until a page is full. Left
 * to itself the database would rather read all spans of all traces, since it cannot know how often a text occurs; what
 * stands behind OFFSET it does not join.
 */
export function existingInTrace(
  rows: Condition,
  value: Condition,
  condition: FilterCondition,
  hold: typeof textCondition,
): Condition {
  const held = ['IS NULL', 'IS NOT NULL'].includes(condition.operator)
    ? rows
    : sql`${rows} AND ${hold(value, condition)}`
  const found = sql`EXISTS (SELECT FROM ${held} OFFSET 0)`
  return condition.operator === 'IS NULL' ? sql`NOT ${found}` : found
}
