import { useState } from 'react'
import type { LiveListStore } from '../../store/live-list.ts'
import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import { Icon } from '../icon.tsx'
import type { ListColumn } from './columns.ts'
import { DataList } from './data-list.tsx'
import type { ListRows } from './data-row.tsx'
import type { ListOrder } from './list-order.ts'

/** A list as its reader has it before them. */
interface ShownList<Row> {
  readonly feed: { readonly list: LiveListStore<Row>; loadMore(): Promise<void> }
  readonly selection: SelectionStore
  scrollTop: number
}

interface LiveListProps<Row> {
  label: string
  list: ShownList<Row>
  rows: ListRows<Row>
  columns: readonly ListColumn<Row>[]
  chosen: readonly string[] | null
  ordering?: ListOrder | undefined
}

/** Scrolled no further than this, in pixels, the list is at its top. */
const topPx = 4

/** A list that grows while it is read: at its top new rows come in, further down they wait behind a button. */
export function LiveList<Row>({ label, list, rows, columns, chosen, ordering }: LiveListProps<Row>) {
  const { feed, selection } = list
  const { rows: items, newCount, arrived, nextPageToken } = useStore(feed.list)
  const [element, setElement] = useState<HTMLElement | null>(null)
  const scrolled = (scrollTop: number) => {
    list.scrollTop = scrollTop
    feed.list.setHolding(scrollTop > topPx)
    if (scrollTop <= topPx) feed.list.admit()
  }
  const admit = () => {
    feed.list.admit()
    element?.querySelector('.data-list')?.scrollTo({ top: 0 })
  }
  return (
    <div className="live-list" ref={setElement}>
      {newCount > 0 && (
        <button type="button" className="button primary new-rows" onClick={admit}>
          <Icon name="up" />
          {newCount} new
        </button>
      )}
      <DataList
        label={label}
        items={items}
        rows={rows}
        columns={columns}
        chosen={chosen}
        selection={selection}
        ordering={ordering}
        arrived={arrived}
        scrollTop={list.scrollTop}
        onScroll={scrolled}
        nextPageToken={nextPageToken}
        onNearEnd={feed.loadMore}
      />
    </div>
  )
}
