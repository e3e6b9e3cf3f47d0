import { type ReactNode, useState } from 'react'
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
  /** Called with X on the row that the keys are at. */
  onMark?(item: Item): void
  row(item: Item, isCurrent: boolean): ReactNode
}

/** Rows under a head that stays, moved through with J and K and opened with Enter. */
export function DataList<Item>(props: DataListProps<Item>) {
  const { label, items, keyOf, head, className, columns, onOpen, onMark, row } = props
  const style: Record<string, string> = columns === undefined ? {} : { '--wide-columns': columns }
  const [current, setCurrent] = useState(-1)
  const move = (by: number) => setCurrent((at) => Math.max(0, Math.min(items.length - 1, at + by)))
  const at = (act: ((item: Item) => void) | undefined) => {
    const item = items[current]
    if (item && act) act(item)
  }
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    enter: () => at(onOpen),
    x: () => at(onMark),
    escape: () => setCurrent(-1),
  })
  return (
    <div className={`data-list ${className}`} style={style}>
      <div className="data-columns head" aria-hidden="true">
        {head}
      </div>
      <ul aria-label={label}>
        {items.map((item, index) => (
          <li key={keyOf(item)}>{row(item, index === current)}</li>
        ))}
      </ul>
    </div>
  )
}
