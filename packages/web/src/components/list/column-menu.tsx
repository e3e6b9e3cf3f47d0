import { Menu } from '../menu.tsx'
import { ColumnFind } from './column-find.tsx'
import { type ListColumn, shownColumns, useScreenWidth } from './columns.ts'

interface ColumnMenuProps<Row> {
  columns: readonly ListColumn<Row>[]
  /** Ids of the columns that are shown; null for the usual ones. */
  chosen: readonly string[] | null
  /** Whether the reader has chosen none. */
  isUsual: boolean
  onChoose(ids: string[] | null): void
}

/** Which columns are shown; the choice stands in the address of the page. */
export function ColumnMenu<Row>({ columns, chosen, isUsual, onChoose }: ColumnMenuProps<Row>) {
  const shown = shownColumns(columns, chosen, useScreenWidth())
  const ids = new Set(shown.map(({ id }) => id))
  const toggle = (id: string) => {
    if (!ids.delete(id)) ids.add(id)
    onChoose(columns.filter((column) => ids.has(column.id)).map((column) => column.id))
  }
  return (
    <Menu label="Columns">
      <ColumnFind columns={columns}>
        {(found) =>
          found.map(({ id, label }) => (
            <label key={id}>
              <input type="checkbox" checked={ids.has(id)} onChange={() => toggle(id)} />
              {label}
            </label>
          ))
        }
      </ColumnFind>
      <hr />
      <button type="button" disabled={isUsual} onClick={() => onChoose(null)}>
        The usual ones
      </button>
    </Menu>
  )
}
