import type { ReactNode } from 'react'
import { useMediaQuery } from '../media-query.ts'
import type { SortField } from './list-order.ts'

export interface ListColumn<Row> {
  id: string
  /** What the menu of columns calls it. */
  label: string
  /** What stands above it, where that is not its label. */
  head?: ReactNode
  /** Of a CSS grid. */
  width: string
  className?: string
  /** Shown by default on screens at least so wide, in pixels; null when only by choice. */
  fromWidth: number | null
  /** What the list can be ordered by. */
  sortBy?: SortField
  /** Its place on the card that a row is on a phone. */
  card?: 'title' | 'when' | 'left' | 'right'
  cell(row: Row): ReactNode
  /** What the card says, where that is not what the cell says. */
  cardCell?(row: Row): ReactNode
}

/** As wide as the screen is, in the steps in which columns come and go; 0 on a phone. */
export function useScreenWidth(): number {
  const isPhone = useMediaQuery('(max-width: 640px)')
  const isSmall = useMediaQuery('(max-width: 860px)')
  const isMedium = useMediaQuery('(max-width: 1100px)')
  return isPhone ? 0 : isSmall ? 641 : isMedium ? 861 : 1101
}

/**
 * The columns that the reader chose, or those that fit the screen. A phone's cards keep their title and time whatever is
 * chosen.
 */
export function shownColumns<Row>(
  columns: readonly ListColumn<Row>[],
  chosen: readonly string[] | null,
  screenWidth: number,
): ListColumn<Row>[] {
  if (screenWidth > 0) {
    return columns.filter(({ id, fromWidth }) =>
      chosen ? chosen.includes(id) : fromWidth !== null && screenWidth >= fromWidth,
    )
  }
  if (chosen) return columns.filter((column) => isCardHead(column) || chosen.includes(column.id))
  return columns.filter(({ card }) => card !== undefined)
}

/** Whether a card has it in its first line, whatever is chosen. */
export function isCardHead<Row>({ card }: ListColumn<Row>): boolean {
  return card === 'title' || card === 'when'
}

/** How high a card is, in pixels: with the fields that were chosen two to a line, or as usual. */
export function cardHeight<Row>(fields: readonly ListColumn<Row>[] | null): number {
  if (fields === null) return 64
  return 38 + 20 * Math.ceil(fields.filter((column) => !isCardHead(column)).length / 2)
}

/** The grid of rows and head: the box, then the columns. */
export function gridOf<Row>(columns: readonly ListColumn<Row>[]): Record<string, string> {
  return { '--columns': `var(--marker) ${columns.map(({ width }) => width).join(' ')}` }
}
