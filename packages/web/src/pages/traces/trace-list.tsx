import { Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type MouseEvent, memo, useEffect, useMemo, useRef, useState } from 'react'
import { ErrorMark, Icon } from '../../components/icon.tsx'
import { narrowScreen, useMediaQuery } from '../../components/media-query.ts'
import { useShortcuts } from '../../components/shortcuts.ts'
import type { TraceRow } from '../../facade/trace-row.ts'
import { formatMoment } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import type { SelectionStore } from '../../store/selection.ts'
import type { CellContext, TraceColumn } from './trace-columns.tsx'
import type { TraceListFeed } from './trace-list-feed.ts'
import './trace-list.css'

interface TraceListProps {
  feed: TraceListFeed
  columns: readonly TraceColumn[]
  selection: SelectionStore
}

/** The rows of an experiment's traces, drawn only as far as they show. */
export function TraceList({ feed, columns, selection }: TraceListProps) {
  const { rows, waiting, arrived, nextPageToken } = useStore(feed.list)
  const { loadingMore } = useStore(feed)
  const selected = useStore(selection)
  const scroll = useRef<HTMLDivElement>(null)
  const narrow = useMediaQuery(narrowScreen)
  const nowMs = useNow(rows.some(({ isOpen }) => isOpen))
  const [currentId, setCurrentId] = useState<string | null>(null)
  const navigate = useNavigate()

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => (narrow ? 64 : 30),
    getItemKey: (index) => rows[index]?.traceId ?? index,
    overscan: 12,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: row heights change with the width of the screen alone
  useEffect(() => virtual.measure(), [narrow])

  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (nextPageToken && !loadingMore && lastShown >= rows.length - 20) void feed.loadMore()
  }, [feed, lastShown, loadingMore, nextPageToken, rows.length])

  const move = (by: number) => {
    const at = rows.findIndex(({ traceId }) => traceId === currentId)
    const next = Math.max(0, Math.min(rows.length - 1, at + by))
    const row = rows[next]
    if (!row) return
    setCurrentId(row.traceId)
    virtual.scrollToIndex(next)
  }
  const select = (traceId: string, isRange: boolean) => {
    if (isRange)
      selection.extendTo(
        traceId,
        rows.map((row) => row.traceId),
      )
    else selection.toggle(traceId)
  }
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    x: (event) => currentId && select(currentId, event.shiftKey),
    enter: () => currentId && void navigate({ to: '/traces/$traceId', params: { traceId: currentId } }),
    escape: () => {
      if (selected.size > 0) selection.clear()
      else setCurrentId(null)
    },
  })

  const fullMs = useMemo(() => fullWaitMs(rows), [rows])
  const admit = () => {
    feed.list.admit()
    virtual.scrollToOffset(0)
  }
  return (
    <div className="trace-list-body" style={templateOf(columns)}>
      {waiting.length > 0 && (
        <button type="button" className="button primary new-rows" onClick={admit}>
          <Icon name="up" />
          {waiting.length} new
        </button>
      )}
      <div
        className="trace-scroll"
        ref={scroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop } = event.currentTarget
          feed.list.setHolding(scrollTop > 4)
          if (scrollTop <= 4) feed.list.admit()
        }}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which a list's layout does not allow */}
        <div className="rows" role="list" aria-label="Traces" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start, key }) => {
            const row = rows[index]
            return row ? (
              <TraceListRow
                key={key}
                row={row}
                columns={columns}
                offset={start}
                fullMs={fullMs}
                nowMs={nowMs}
                isCurrent={row.traceId === currentId}
                isSelected={selected.has(row.traceId)}
                hasArrived={arrived.has(row.traceId)}
                onSelect={select}
              />
            ) : null
          })}
        </div>
      </div>
    </div>
  )
}

export function TraceListHead({ feed, columns, selection }: TraceListProps) {
  const { rows } = useStore(feed.list)
  const selected = useStore(selection)
  const isAll = rows.length > 0 && rows.every(({ traceId }) => selected.has(traceId))
  return (
    <div className="trace-columns head" style={templateOf(columns)}>
      <input
        type="checkbox"
        aria-label="Select all that are loaded"
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = selected.size > 0 && !isAll
        }}
        onChange={() => (isAll ? selection.clear() : selection.selectAll(rows.map(({ traceId }) => traceId)))}
      />
      {columns.map(({ id, head, className }) => (
        <span key={id} className={id === 'time' ? 'sorted' : className}>
          {head}
        </span>
      ))}
    </div>
  )
}

function templateOf(columns: readonly TraceColumn[]): Record<string, string> {
  return { '--columns': `18px ${columns.map(({ width }) => width).join(' ')}` }
}

interface RowProps extends CellContext {
  row: TraceRow
  columns: readonly TraceColumn[]
  offset: number
  isCurrent: boolean
  isSelected: boolean
  hasArrived: boolean
  onSelect(traceId: string, isRange: boolean): void
}

const TraceListRow = memo(function TraceListRow(props: RowProps) {
  const { row, columns, offset, fullMs, nowMs, isCurrent, isSelected, hasArrived, onSelect } = props
  const marks = [
    isCurrent && 'current',
    isSelected && 'selected',
    hasArrived && 'arrived',
    row.isOpen && 'open',
  ]
  const choose = (event: MouseEvent) => {
    event.stopPropagation()
    onSelect(row.traceId, event.shiftKey)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the list
    <div
      role="listitem"
      className={`trace-columns trace-row ${marks.filter(Boolean).join(' ')}`}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <span className="marker">
        {row.isOpen ? (
          <span className="dot live" />
        ) : row.isError || row.errorCount > 0 ? (
          <ErrorMark label={row.errorCount === 1 ? '1 error' : `${row.errorCount} errors`} />
        ) : null}
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Select the trace of ${formatMoment(row.startMs, nowMs)}`}
          checked={isSelected}
          onClick={choose}
          readOnly
        />
      </span>
      <Link to="/traces/$traceId" params={{ traceId: row.traceId }} className="cells">
        {columns.map(({ id, className, cell }) => (
          <span key={id} className={className}>
            {cell(row, { nowMs, fullMs })}
          </span>
        ))}
      </Link>
    </div>
  )
})

/** What a full bar stands for, so that a few calls that waited very long do not make all others look short. */
function fullWaitMs(rows: readonly TraceRow[]): number {
  const waits = rows.flatMap(({ gap }) => (gap ? [gap.totalMs] : [])).sort((a, b) => a - b)
  return Math.max(2500, waits[Math.floor(waits.length * 0.95)] ?? 0)
}

/** The time, renewed each second while something is open. */
function useNow(ticking: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    setNowMs(Date.now())
    if (!ticking) return
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [ticking])
  return nowMs
}
