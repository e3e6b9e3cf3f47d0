import { Menu } from '../menu.tsx'
import type { ListColumn } from './columns.ts'
import { directionOf, type ListOrder, nextOrder } from './list-order.ts'

interface SortMenuProps<Row> extends ListOrder {
  columns: readonly ListColumn<Row>[]
}

/** By what a list is ordered, where there are no heads of columns to choose it by. */
export function SortMenu<Row>({ columns, order, onOrder }: SortMenuProps<Row>) {
  return (
    <Menu label="Sort">
      {columns.map((column) => {
        const { id, label, sortBy } = column
        const direction = directionOf(column, order)
        return (
          sortBy && (
            <button
              type="button"
              key={id}
              aria-pressed={direction !== null}
              onClick={() => onOrder(nextOrder(sortBy, direction))}
            >
              {label}
              {direction === null ? '' : direction === 'ASC' ? ' ↑' : ' ↓'}
            </button>
          )
        )
      })}
    </Menu>
  )
}
