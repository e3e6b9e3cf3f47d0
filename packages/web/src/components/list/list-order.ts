import type { ListColumn } from './columns.ts'

/** How the rows of a list are ordered, as the server takes it: `start_time DESC`. */
export interface ListOrder {
  order: string
  onOrder(order: string): void
}

export const newestFirst = 'start_time DESC'

type Direction = 'ASC' | 'DESC'

export interface SortField {
  /** In the server's language. */
  name: string
  /** The direction that is asked for first. */
  first: Direction
}

/** In which direction a list is ordered by a column; null when it is ordered by another. */
export function directionOf<Row>({ sortBy }: ListColumn<Row>, order: string): Direction | null {
  if (order === `${sortBy?.name} ASC`) return 'ASC'
  return order === `${sortBy?.name} DESC` ? 'DESC' : null
}

/** The order that choosing a column asks for: its first, then the other way round. */
export function nextOrder({ name, first }: SortField, direction: Direction | null): string {
  const other = first === 'ASC' ? 'DESC' : 'ASC'
  return `${name} ${direction === first ? other : first}`
}
