import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import { narrowScreen, useMediaQuery } from '../media-query.ts'
import { useShortcuts } from '../shortcuts.ts'
import { cardHeight, gridOf, type ListColumn, shownColumns, useScreenWidth } from './columns.ts'
import { DataHead } from './data-head.tsx'
import { DataRow, type ListRows } from './data-row.tsx'
import type { ListOrder } from './list-order.ts'
import './data-list.css'

interface DataListProps<Row> {
  label: string
  items: readonly Row[]
  rows: ListRows<Row>
  columns: readonly ListColumn<Row>[]
  /** Ids of the columns that the reader chose; null for the usual ones. */
  chosen: readonly string[] | null
  selection: SelectionStore
  ordering?: ListOrder | undefined
  /** Keys of rows that just came. */
  arrived?: ReadonlySet<string>
  /** How far down the list begins. */
  scrollTop?: number
  onScroll?(scrollTop: number): void
  /** The token of the next page, which is asked for near the last row. */
  nextPageToken?: string | null
  onNearEnd?(): void
}

const headHeight = 30
const rowHeight = 30
/** Rows so close to the last one are near the end. */
const near = 20

/** Rows under a head that stays, drawn only as far as they show; moved through with J and K, selected with X, opened with Enter. */
export function DataList<Row>(props: DataListProps<Row>) {
  const { label, items, rows, columns, chosen, selection, arrived, onScroll, onNearEnd } = props
  const { nextPageToken = null } = props
  const { keyOf, linkOf } = rows
  const [currentKey, setCurrentKey] = useState<string | null>(null)
  const scroll = useRef<HTMLDivElement>(null)
  const marked = useStore(selection)
  const navigate = useNavigate()
  const isNarrow = useMediaQuery(narrowScreen)
  const screenWidth = useScreenWidth()
  const shown = useMemo(() => shownColumns(columns, chosen, screenWidth), [columns, chosen, screenWidth])
  const layout = !isNarrow ? 'columns' : chosen === null ? 'card' : 'fields'
  const height = isNarrow ? cardHeight(chosen === null ? null : shown) : rowHeight

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => height,
    getItemKey: (index) => {
      const item = items[index]
      return item === undefined ? index : keyOf(item)
    },
    overscan: 12,
    initialOffset: props.scrollTop ?? 0,
    scrollMargin: isNarrow ? 0 : headHeight,
    scrollPaddingStart: isNarrow ? 0 : headHeight,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: every row is as high as the others
  useEffect(() => virtual.measure(), [height])

  const drawn = virtual.getVirtualItems()
  const lastDrawn = drawn.at(-1)?.index ?? 0
  useEffect(() => {
    if (nextPageToken !== null && lastDrawn >= items.length - near) onNearEnd?.()
  }, [lastDrawn, items.length, nextPageToken, onNearEnd])

  const keys = useMemo(() => items.map(keyOf), [items, keyOf])
  const currentKeys = useRef(keys)
  currentKeys.current = keys
  const at = currentKey === null ? -1 : keys.indexOf(currentKey)
  const move = (by: number) => {
    const next = Math.max(0, Math.min(keys.length - 1, at + by))
    setCurrentKey(keys[next] ?? null)
    virtual.scrollToIndex(next)
  }
  const mark = useCallback(
    (key: string, isRange: boolean) => {
      if (isRange) selection.extendTo(key, currentKeys.current)
      else selection.toggle(key)
    },
    [selection],
  )
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    enter: () => {
      const item = items[at]
      if (item !== undefined) void navigate(linkOf(item))
    },
    x: (event) => {
      const key = keys[at]
      if (key !== undefined) mark(key, event.shiftKey)
    },
    escape: () => {
      if (marked.size > 0) selection.clear()
      else setCurrentKey(null)
    },
  })
  return (
    <div
      className={`data-list in-${layout}`}
      style={isNarrow ? {} : gridOf(shown)}
      ref={scroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
      tabIndex={0}
      onScroll={(event) => onScroll?.(event.currentTarget.scrollTop)}
    >
      <DataHead label={label} columns={shown} keys={keys} selection={selection} ordering={props.ordering} />
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which a list's layout does not allow */}
      <div className="rows" role="list" aria-label={label} style={{ height: virtual.getTotalSize() }}>
        {drawn.map(({ index, start, key }) => {
          const item = items[index]
          if (item === undefined) return null
          return (
            <DataRow
              key={key}
              row={item}
              rows={rows}
              columns={shown}
              layout={layout}
              offset={start - virtual.options.scrollMargin}
              height={height}
              isCurrent={keyOf(item) === currentKey}
              isMarked={marked.has(keyOf(item))}
              hasArrived={arrived?.has(keyOf(item)) ?? false}
              onMark={mark}
            />
          )
        })}
      </div>
    </div>
  )
}
