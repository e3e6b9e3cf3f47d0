import { Link, type LinkProps } from '@tanstack/react-router'
import { memo, type ReactNode } from 'react'
import { isCardHead, type ListColumn } from './columns.ts'

/** What the rows of a list are and lead to. */
export interface ListRows<Row> {
  keyOf(row: Row): string
  linkOf(row: Row): LinkProps
  /** What the row is called, for its box. */
  nameOf(row: Row): string
  /** Stands where the box is while the row is neither selected nor pointed at. */
  markerOf(row: Row): ReactNode
  /** Whether it still goes on. */
  isOpen(row: Row): boolean
}

/** Cells in columns; a card as the list makes it; a card with the fields that the reader chose. */
type RowLayout = 'columns' | 'card' | 'fields'

interface DataRowProps<Row> {
  row: Row
  rows: ListRows<Row>
  columns: readonly ListColumn<Row>[]
  layout: RowLayout
  /** In pixels. */
  offset: number
  height: number
  isCurrent: boolean
  isMarked: boolean
  hasArrived: boolean
  onMark(key: string, isRange: boolean): void
}

/** A row with a box before it: cells under the heads of their columns, or on a phone a card. */
export const DataRow: <Row>(props: DataRowProps<Row>) => ReactNode = memo(function DataRow<Row>(
  props: DataRowProps<Row>,
) {
  const { row, rows, columns, layout, offset, height, isCurrent, isMarked, hasArrived, onMark } = props
  const marks = [
    isCurrent && 'current',
    isMarked && 'marked',
    hasArrived && 'arrived',
    rows.isOpen(row) && 'open',
  ]
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the list
    <div
      role="listitem"
      className={`data-columns data-row ${marks.filter(Boolean).join(' ')}`}
      style={{ transform: `translateY(${offset}px)`, height }}
    >
      <label className="marker">
        {rows.markerOf(row)}
        <input
          type="checkbox"
          aria-label={`Select ${rows.nameOf(row)}`}
          checked={isMarked}
          onChange={({ nativeEvent }) =>
            onMark(rows.keyOf(row), nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
          }
        />
      </label>
      <Link {...rows.linkOf(row)}>
        {columns.map((column) =>
          layout === 'fields' && !isCardHead(column) ? (
            <span key={column.id} className="card-field">
              <span className="faint ellipsis">{column.label}</span>
              <span className={column.className}>{column.cell(row)}</span>
            </span>
          ) : (
            <span key={column.id} className={column.className} data-card={column.card}>
              {layout === 'card' && column.cardCell ? column.cardCell(row) : column.cell(row)}
            </span>
          ),
        )}
      </Link>
    </div>
  )
})
