import { sql } from 'kysely'
import { feedbackOf, feedbackValue, scoreOf, scoreValue } from './assessment-fields.ts'
import {
  type Comparison,
  type Condition,
  jsonCondition,
  numberCondition,
  type Together,
} from './conditions.ts'
import { isNumberOfTurns, isToldByTurns, ownTurnCondition } from './turn-fields.ts'

/**
 * Comparisons joined by AND that ask for one turn or one assessment: conditions on turns beside one on `turn.number`, and a
 * lower and an upper bound of one number.
 */
export function askedTogether(joined: Comparison[]): Together[] {
  const ofTurn = joined.filter(({ field }) => field.type === 'turn' && isToldByTurns(field.key))
  const isNumbered = ofTurn.some(({ field }) => field.type === 'turn' && field.key === 'number')
  const sameTurn = isNumbered && ofTurn.length > 1 ? [inOneTurn(ofTurn)] : []
  const rest = joined.filter((each) => sameTurn.length === 0 || !ofTurn.includes(each))
  return [...sameTurn, ...rangesOf(rest)]
}

function inOneTurn(comparisons: Comparison[]): Together {
  const conditions = comparisons.map(({ field, condition }) =>
    field.type === 'turn' ? ownTurnCondition(field.key, condition) : sql`true`,
  )
  return {
    comparisons,
    condition: sql`EXISTS (SELECT FROM turns u WHERE u.trace_id = t.trace_id AND ${sql.join(conditions, sql` AND `)})`,
  }
}

function rangesOf(joined: Comparison[]): Together[] {
  const ranges: Together[] = []
  const left = new Set(joined)
  for (const lower of joined.filter(({ condition }) => condition.operator.startsWith('>'))) {
    const upper = [...left].find(
      (other) => other.condition.operator.startsWith('<') && isSameField(lower, other),
    )
    const condition = upper && rangeOf(lower, upper)
    if (!upper || !condition) continue
    ranges.push({ comparisons: [lower, upper], condition })
    left.delete(upper)
  }
  return ranges
}

/** That one number lies between two bounds; null of fields that a trace has one of, or of spans. */
function rangeOf(lower: Comparison, upper: Comparison): Condition | null {
  const { field } = lower
  const both = (compare: (condition: Comparison['condition']) => Condition) =>
    sql`${compare(lower.condition)} AND ${compare(upper.condition)}`
  switch (field.type) {
    case 'turn':
      if (!isNumberOfTurns(field.key)) return null
      return inOneTurn([lower, upper]).condition
    case 'score':
      return sql`EXISTS (SELECT FROM ${scoreOf(field.key)} AND ${both((each) => numberCondition(scoreValue, each))})`
    case 'feedback':
      return sql`EXISTS (SELECT FROM ${feedbackOf(field.key)} AND ${both((each) => jsonCondition(feedbackValue, each))})`
    default:
      return null
  }
}

function isSameField({ field: a }: Comparison, { field: b }: Comparison): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
