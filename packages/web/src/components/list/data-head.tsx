import { memo, type ReactNode } from 'react'
import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import type { ListColumn } from './columns.ts'
import { directionOf, type ListOrder, nextOrder, type SortField } from './list-order.ts'

interface DataHeadProps<Row> {
  /** Of the list. */
  label: string
  columns: readonly ListColumn<Row>[]
  /** Of all rows that are loaded. */
  keys: readonly string[]
  selection: SelectionStore
  /** Where the list can be ordered by its columns. */
  ordering?: ListOrder | undefined
}

/** The heads of a list's columns, with a box for all of its rows. */
export const DataHead: <Row>(props: DataHeadProps<Row>) => ReactNode = memo(function DataHead<Row>(
  props: DataHeadProps<Row>,
) {
  const { label, columns, keys, selection, ordering } = props
  const marked = useStore(selection)
  const isAll = keys.length > 0 && keys.every((key) => marked.has(key))
  return (
    <table className="list-head" aria-label={`Columns of ${label}`}>
      <thead>
        <tr className="data-columns head">
          <th>
            <input
              type="checkbox"
              aria-label="Select all that are loaded"
              checked={isAll}
              ref={(box) => {
                if (box) box.indeterminate = marked.size > 0 && !isAll
              }}
              onChange={() => (isAll ? selection.clear() : selection.selectAll(keys))}
            />
          </th>
          {columns.map((column) => (
            <th
              key={column.id}
              scope="col"
              aria-sort={ordering && sortOf(column, ordering)}
              className={`ellipsis ${column.className ?? ''}`}
              title={column.label}
            >
              {column.sortBy && ordering ? (
                <SortButton column={column} sortBy={column.sortBy} ordering={ordering} />
              ) : (
                (column.head ?? column.label)
              )}
            </th>
          ))}
        </tr>
      </thead>
    </table>
  )
})

/** How a column is sorted, in the words of ARIA; undefined where it cannot be. */
function sortOf<Row>(column: ListColumn<Row>, { order }: ListOrder) {
  if (column.sortBy === undefined) return undefined
  const direction = directionOf(column, order)
  return direction === null ? 'none' : direction === 'ASC' ? 'ascending' : 'descending'
}

interface SortButtonProps<Row> {
  column: ListColumn<Row>
  sortBy: SortField
  ordering: ListOrder
}

function SortButton<Row>({ column, sortBy, ordering }: SortButtonProps<Row>) {
  const direction = directionOf(column, ordering.order)
  return (
    <button
      type="button"
      className="ellipsis"
      onClick={() => ordering.onOrder(nextOrder(sortBy, direction, ordering.usual))}
    >
      {column.head ?? column.label}
      {direction !== null && <span aria-hidden="true">{direction === 'ASC' ? ' ↑' : ' ↓'}</span>}
    </button>
  )
}
