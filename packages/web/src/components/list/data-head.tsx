import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import type { ListColumn } from './columns.ts'
import { directionOf, type ListOrder, nextOrder, type SortField } from './list-order.ts'

interface DataHeadProps<Row> {
  columns: readonly ListColumn<Row>[]
  /** Of all rows that are loaded. */
  keys: readonly string[]
  selection: SelectionStore
  /** Where the list can be ordered by its columns. */
  ordering?: ListOrder | undefined
}

/** The heads of a list's columns, with a box for all of its rows. */
export function DataHead<Row>({ columns, keys, selection, ordering }: DataHeadProps<Row>) {
  const marked = useStore(selection)
  const isAll = keys.length > 0 && keys.every((key) => marked.has(key))
  return (
    <div className="data-columns head">
      <input
        type="checkbox"
        aria-label="Select all that are loaded"
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = marked.size > 0 && !isAll
        }}
        onChange={() => (isAll ? selection.clear() : selection.selectAll(keys))}
      />
      {columns.map((column) => (
        <span key={column.id} className={`ellipsis ${column.className ?? ''}`} title={column.label}>
          {column.sortBy && ordering ? (
            <SortButton column={column} sortBy={column.sortBy} ordering={ordering} />
          ) : (
            (column.head ?? column.label)
          )}
        </span>
      ))}
    </div>
  )
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
      aria-pressed={direction !== null}
      onClick={() => ordering.onOrder(nextOrder(sortBy, direction))}
    >
      {column.label}
      {direction !== null && (
        <span role="img" aria-label={direction === 'ASC' ? ', ascending' : ', descending'}>
          {direction === 'ASC' ? ' ↑' : ' ↓'}
        </span>
      )}
    </button>
  )
}
