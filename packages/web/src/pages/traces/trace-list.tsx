import { Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import { GapBar } from '../../components/gap-bar.tsx'
import { ErrorMark, Icon, InterruptedMark } from '../../components/icon.tsx'
import { narrowScreen, useMediaQuery } from '../../components/media-query.ts'
import { ScoreStrip } from '../../components/score-strip.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { judges } from '../../facade/judges.ts'
import { type TraceRow, traceStateWord } from '../../facade/trace-row.ts'
import { formatClock, formatCount, formatDuration, formatMoment, formatMs } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import type { TraceListFeed } from './trace-list-feed.ts'
import './trace-list.css'

/** The rows of an experiment's traces, drawn only as far as they show. */
export function TraceList({ feed }: { feed: TraceListFeed }) {
  const { rows, waiting, arrived, nextPageToken } = useStore(feed.list)
  const { loadingMore } = useStore(feed)
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
  const open = (traceId: string | null) => {
    if (traceId) void navigate({ to: '/traces/$traceId', params: { traceId } })
  }
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    enter: () => open(currentId),
    escape: () => setCurrentId(null),
  })

  const fullMs = useMemo(() => Math.max(2500, ...rows.map(({ gap }) => gap?.totalMs ?? 0)), [rows])
  const admit = () => {
    feed.list.admit()
    virtual.scrollToOffset(0)
  }
  return (
    <div className="trace-list-body">
      {waiting.length > 0 && (
        <button type="button" className="button primary new-rows" onClick={admit}>
          <Icon name="up" />
          {waiting.length} new
        </button>
      )}
      <div
        className="trace-scroll"
        ref={scroll}
        onScroll={(event) => {
          const { scrollTop } = event.currentTarget
          feed.list.setHolding(scrollTop > 4)
          if (scrollTop <= 4) feed.list.admit()
        }}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which a table's layout does not allow */}
        <div className="rows" role="list" aria-label="Traces" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start, key }) => {
            const row = rows[index]
            return row ? (
              <TraceListRow
                key={key}
                row={row}
                offset={start}
                fullMs={fullMs}
                nowMs={nowMs}
                isCurrent={row.traceId === currentId}
                hasArrived={arrived.has(row.traceId)}
              />
            ) : null
          })}
        </div>
      </div>
    </div>
  )
}

export function TraceListHead() {
  return (
    <div className="trace-columns head" aria-hidden="true">
      <span />
      <span className="sorted">Time ↓</span>
      <span>First question</span>
      <span>Slowest voice to voice, ms</span>
      <span className="num turns">Turns</span>
      <span className="num duration">Duration</span>
      <span className="num tokens">Tokens</span>
      <span className="judges">
        {judges.map(({ name, short, label }) => (
          <span key={name} title={`${label}, lowest of the turns`}>
            {short}
          </span>
        ))}
      </span>
      <span className="state">State</span>
    </div>
  )
}

interface RowProps {
  row: TraceRow
  offset: number
  fullMs: number
  nowMs: number
  isCurrent: boolean
  hasArrived: boolean
}

function TraceListRow({ row, offset, fullMs, nowMs, isCurrent, hasArrived }: RowProps) {
  const marks = `${isCurrent ? 'current' : ''} ${hasArrived ? 'arrived' : ''} ${row.isOpen ? 'open' : ''}`
  return (
    <Link
      to="/traces/$traceId"
      params={{ traceId: row.traceId }}
      role="listitem"
      className={`trace-columns trace-row ${marks}`}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <span className="marker">
        {row.isOpen ? (
          <span className="dot live" />
        ) : row.isError || row.errorCount > 0 ? (
          <ErrorMark label={row.errorCount === 1 ? '1 error' : `${row.errorCount} errors`} />
        ) : null}
      </span>
      <span className="dim time ellipsis">{formatMoment(row.startMs, nowMs)}</span>
      <span className="title ellipsis" title={row.title}>
        {row.title}
      </span>
      <span
        className={row.gap?.slow ? 'wait slow' : 'wait'}
        title={row.slowestTurn === null ? undefined : `Turn ${row.slowestTurn}`}
      >
        {row.gap && (
          <>
            <span className="num">{formatMs(row.gap.totalMs)}</span>
            <GapBar gap={row.gap} fullMs={fullMs} />
          </>
        )}
      </span>
      <span className="turns">
        {row.interruptedCount > 0 && <InterruptedMark label={`${row.interruptedCount} interrupted`} />}
        {row.isConversation ? row.turnCount : <span className="faint">–</span>}
      </span>
      <span className="num duration">{row.durationMs === null ? '' : formatDuration(row.durationMs)}</span>
      <span className="num tokens">
        {row.tokens === null ? <span className="faint">–</span> : formatCount(row.tokens)}
      </span>
      <span className="scores">
        <ScoreStrip scores={row.scores} />
      </span>
      <span className="state">
        <span className={row.isOpen ? 'live' : row.isError ? 'failed' : undefined}>
          {traceStateWord(row)}
        </span>
        {row.isOpen && formatClock(Math.max(0, nowMs - row.startMs))}
      </span>
    </Link>
  )
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
