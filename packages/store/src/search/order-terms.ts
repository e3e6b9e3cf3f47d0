import { type FilterEntity, parseOrderBy } from '@voxtrace/protocol'
import { mayBeAbsent, orderColumn, orderType } from './fields.ts'
import type { OrderTerm } from './keyset.ts'

/** The terms of an order in MLflow's language. @throws VoxtraceError when one is malformed */
export function orderTerms(entity: FilterEntity, orderBy: readonly string[]): OrderTerm[] {
  return parseOrderBy(orderBy, entity).map(({ field, ascending }) => ({
    expression: orderColumn(field, entity),
    type: orderType(field),
    ascending,
    nullable: mayBeAbsent(field),
  }))
}
