import { Menu } from '../menu.tsx'
import { ColumnFind } from './column-find.tsx'
import type { ListColumn } from './columns.ts'
import { directionOf, type ListOrder, nextOrder, orderText } from './list-order.ts'

interface SortMenuProps<Row> extends ListOrder {
  columns: readonly ListColumn<Row>[]
}

/** By what a list is ordered, also where no head of a column says so. */
export function SortMenu<Row>({ columns, ...ordering }: SortMenuProps<Row>) {
  const { order, usual, onOrder } = ordering
  const text = orderText(columns, ordering)
  return (
    <Menu label={text.charAt(0).toUpperCase() + text.slice(1)}>
      <ColumnFind columns={columns.filter(({ sortBy }) => sortBy !== undefined)}>
        {(found) =>
          found.map((column) => {
            const { id, label, sortBy } = column
            const direction = directionOf(column, order)
            return (
              sortBy && (
                <button
                  type="button"
                  key={id}
                  aria-pressed={direction !== null}
                  onClick={() => onOrder(nextOrder(sortBy, direction, usual))}
                >
                  {label}
                  {direction === null ? '' : direction === 'ASC' ? ' ↑' : ' ↓'}
                </button>
              )
            )
          })
        }
      </ColumnFind>
    </Menu>
  )
}
