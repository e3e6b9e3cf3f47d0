import { useCallback, useEffect, useMemo, useRef } from 'react'
import { narrowTrace, useMediaQuery } from '../../components/media-query.ts'
import { type SpanNode, type SpanTree, visibleNodes } from '../../facade/span-tree.ts'
import { hasRoomForLabel, positionOf, ticksOf } from '../../facade/time-axis.ts'
import { useWheelZoom } from '../../player/use-wheel-zoom.ts'
import type { FoldingStore } from '../../store/folding.ts'
import { useStore } from '../../store/observable.ts'
import type { TimeWindowStore } from '../../store/time-window.ts'
import { SpanRow } from './span-row.tsx'
import { useRowWindow } from './use-row-window.ts'
import './waterfall.css'

interface SpanWaterfallProps {
  tree: SpanTree
  lengthMs: number
  folding: FoldingStore
  window: TimeWindowStore
  selectedId: string | null
  query: string
  /** The rows to show alone, or null for all. */
  only: ReadonlySet<string> | null
  /** What the end of the trace waited for, to stand out; null to show all alike. */
  critical: ReadonlySet<string> | null
  onSelect(id: string): void
  /** Folds or unfolds the selected span, and goes above it when there is nothing to fold. */
  onFold(): void
  onUnfold(): void
}

/** The tree of spans beside their bars on the time axis; only rows that show are drawn. */
export function SpanWaterfall({
  tree,
  lengthMs,
  folding,
  window: store,
  selectedId,
  query,
  only,
  critical,
  onSelect,
  onFold,
  onUnfold,
}: SpanWaterfallProps) {
  const folded = useStore(folding)
  const shown = useStore(store)
  const narrow = useMediaQuery(narrowTrace)
  // The same object while nothing moves, so that rows are not drawn again as the list scrolls.
  const window = useMemo(() => shown ?? { fromMs: 0, toMs: Math.max(lengthMs, 1) }, [shown, lengthMs])
  const rows = useMemo(() => visibleNodes(tree, folded, only), [tree, folded, only])
  const scroll = useRef<HTMLDivElement>(null)
  const rowHeight = narrow ? 34 : 23
  const { range, show } = useRowWindow(scroll, rows.length, rowHeight)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a live trace that grows must not pull the reader back
  useEffect(() => {
    const index = rows.findIndex(({ id }) => id === selectedId)
    const node = rows[index]
    if (!node) return
    const below = folded.has(node.id) || only ? 0 : node.descendantCount
    show(index, Math.min(rows.length - 1, index + below))
  }, [selectedId])
  useWheelZoom(scroll, store, lengthMs, { axis: '.lane', upright: 'scrolls' })

  const toggle = useCallback((id: string) => folding.toggle(id), [folding])
  const length = useRef(lengthMs)
  length.current = lengthMs
  const fit = useCallback((node: SpanNode) => store.showSpan(node, length.current), [store])
  const ticks = ticksOf(window, narrow ? 3 : 7)
  return (
    <div className="waterfall">
      <div className="waterfall-head" aria-hidden="true">
        <span className="names">
          <span>Span</span>
          <span>Duration</span>
        </span>
        <span className="ticks">
          {ticks.map(({ ms, label }) => (
            <span key={ms} style={{ left: `${100 * positionOf(ms, window)}%` }}>
              {hasRoomForLabel(ms, window) && label}
            </span>
          ))}
        </span>
      </div>
      <div className="waterfall-grid" aria-hidden="true">
        {ticks.map(({ ms }) => (
          <span key={ms} style={{ left: `${100 * positionOf(ms, window)}%` }} />
        ))}
      </div>
      <div
        className="waterfall-scroll"
        ref={scroll}
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length}
        aria-activedescendant={selectedId ? `span-${selectedId}` : undefined}
        tabIndex={0}
        onKeyDown={(event) => {
          // Who came here by a click moves the needle with these keys.
          if (!event.currentTarget.matches(':focus-visible')) return
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
          event.preventDefault()
          if (event.key === 'ArrowLeft') onFold()
          else onUnfold()
        }}
      >
        <div className="waterfall-rows" role="presentation" style={{ height: rows.length * rowHeight }}>
          {rows.slice(range.first, range.end).map((node, index) => (
            <SpanRow
              key={node.id}
              node={node}
              index={range.first + index}
              offset={(range.first + index) * rowHeight}
              window={window}
              lengthMs={lengthMs}
              isFolded={folded.has(node.id)}
              isSelected={node.id === selectedId}
              query={query}
              isAside={critical !== null && !critical.has(node.id)}
              onSelect={onSelect}
              onToggle={toggle}
              onFit={fit}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

/** The row above or below the selected one among those that show. */
export function neighbourOf(
  rows: readonly SpanNode[],
  selectedId: string | null,
  by: number,
): SpanNode | undefined {
  const at = rows.findIndex(({ id }) => id === selectedId)
  return rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]
}
