import { type TraceRank, traceOrders } from '@voxtrace/model'
import type { ListColumn } from './columns.ts'

/** How the rows of a list are ordered, as it stands in the address and the server takes it. */
export interface ListOrder {
  order: string
  /** The order unless one is chosen: newest first. */
  usual: string
  onOrder(order: string): void
}

type Direction = 'ASC' | 'DESC'

export interface SortField {
  /** What the order is called in each direction, where there is such an order. */
  orders: Partial<Record<Direction, string>>
  /** The direction that is asked for first. */
  first: Direction
}

/** Orders by a rank: first by that which begins with the greatest, then the other way round. */
export function greatestFirst(greatest: TraceRank, least: TraceRank): SortField {
  return { orders: { DESC: greatest, ASC: least }, first: 'DESC' }
}

/** The same with the least first. */
export function leastFirst(least: TraceRank, greatest: TraceRank): SortField {
  return { orders: { ASC: least, DESC: greatest }, first: 'ASC' }
}

/** In which direction a list is ordered by a column; null when it is ordered by another. */
export function directionOf<Row>({ sortBy }: ListColumn<Row>, order: string): Direction | null {
  if (order === sortBy?.orders.ASC) return 'ASC'
  return order === sortBy?.orders.DESC ? 'DESC' : null
}

/** The order that choosing a column asks for: its first, then the other way round, then the usual one. */
export function nextOrder({ orders, first }: SortField, direction: Direction | null, usual: string): string {
  if (direction === null) return orders[first] ?? usual
  const other = first === 'ASC' ? 'DESC' : 'ASC'
  return (direction === first ? orders[other] : undefined) ?? usual
}

/** In which order the rows are, in words. */
export function orderText<Row>(columns: readonly ListColumn<Row>[], { order, usual }: ListOrder): string {
  if (order === usual) return 'newest first'
  if (traceOrders.some((each) => each === order)) return `${order.replaceAll('_', ' ')} first`
  return `by ${columns.find((one) => directionOf(one, order) !== null)?.label ?? order}`
}

/**
 * The columns that are shown: those that the reader chose, or the usual ones and the one that the list is ordered by. Null
 * for the usual ones alone.
 */
export function chosenWithOrder<Row>(
  columns: readonly ListColumn<Row>[],
  chosen: readonly string[] | null,
  usual: readonly ListColumn<Row>[],
  order: string,
): readonly string[] | null {
  if (chosen !== null) return chosen
  const by = columns.find((column) => directionOf(column, order) !== null)
  if (by === undefined || usual.includes(by)) return null
  return columns.filter((column) => column === by || usual.includes(column)).map(({ id }) => id)
}
