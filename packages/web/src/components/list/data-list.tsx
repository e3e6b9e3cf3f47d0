import { type ReactNode, useState } from 'react'
import { useStore } from '../../store/observable.ts'
import { SelectionStore } from '../../store/selection.ts'
import { useShortcuts } from '../shortcuts.ts'
import './data-list.css'

interface DataListProps<Item> {
  label: string
  items: readonly Item[]
  keyOf(item: Item): string
  /** Cells of the head; they are laid out as those of a row are. */
  head: ReactNode
  /** Names the grid of the list, whose columns its page's style sheet gives. */
  className: string
  /** The columns of the grid, where they are not always the same. */
  columns?: string
  onOpen(item: Item): void
  /** Where rows can be selected: with X, and all at once in the head, whose first column is the box. */
  selection?: SelectionStore
  row(item: Item, isCurrent: boolean, isMarked: boolean): ReactNode
}

const nothingSelected = new SelectionStore()

/** Rows under a head that stays, moved through with J and K and opened with Enter. */
export function DataList<Item>(props: DataListProps<Item>) {
  const { label, items, keyOf, head, className, columns, onOpen, selection, row } = props
  const style: Record<string, string> = columns === undefined ? {} : { '--wide-columns': columns }
  const [currentKey, setCurrentKey] = useState<string | null>(null)
  const marked = useStore(selection ?? nothingSelected)
  const keys = items.map(keyOf)
  const at = currentKey === null ? -1 : keys.indexOf(currentKey)
  const move = (by: number) => setCurrentKey(keys[Math.max(0, Math.min(keys.length - 1, at + by))] ?? null)
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    enter: () => {
      const item = items[at]
      if (item) onOpen(item)
    },
    x: (event) => {
      const key = keys[at]
      if (key === undefined || !selection) return
      if (event.shiftKey) selection.extendTo(key, keys)
      else selection.toggle(key)
    },
    escape: () => {
      if (marked.size > 0) selection?.clear()
      else setCurrentKey(null)
    },
  })
  const isAll = keys.every((key) => marked.has(key))
  return (
    <div className={`data-list ${className}`} style={style}>
      <div className="data-columns head">
        {selection && (
          <input
            type="checkbox"
            aria-label="Select all that are loaded"
            checked={isAll}
            ref={(box) => {
              if (box) box.indeterminate = marked.size > 0 && !isAll
            }}
            onChange={() => (isAll ? selection.clear() : selection.selectAll(keys))}
          />
        )}
        <div className="head-cells" aria-hidden="true">
          {head}
        </div>
      </div>
      <ul aria-label={label}>
        {items.map((item) => {
          const key = keyOf(item)
          return <li key={key}>{row(item, key === currentKey, marked.has(key))}</li>
        })}
      </ul>
    </div>
  )
}

interface SelectableRowProps {
  /** What the row is called, for its box. */
  name: string
  isCurrent: boolean
  isMarked: boolean
  onMark(): void
  /** Stands where the box is while the row is neither selected nor pointed at. */
  marker: ReactNode
  /** A link with the other cells. */
  children: ReactNode
}

/** A row with a box before it. */
export function SelectableRow({ name, isCurrent, isMarked, onMark, marker, children }: SelectableRowProps) {
  return (
    <div className={`data-columns data-row ${isCurrent ? 'current' : ''} ${isMarked ? 'marked' : ''}`}>
      <span className="marker">
        {marker}
        <input type="checkbox" aria-label={`Select ${name}`} checked={isMarked} onChange={onMark} />
      </span>
      {children}
    </div>
  )
}
