import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import type { ListColumn } from './columns.ts'

interface DataHeadProps<Row> {
  columns: readonly ListColumn<Row>[]
  /** Of all rows that are loaded. */
  keys: readonly string[]
  selection: SelectionStore
}

/** The heads of a list's columns, with a box for all of its rows. */
export function DataHead<Row>({ columns, keys, selection }: DataHeadProps<Row>) {
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
      {columns.map(({ id, label, head, className = '' }) => (
        <span key={id} className={`ellipsis ${className}`} title={label}>
          {head ?? label}
        </span>
      ))}
    </div>
  )
}
