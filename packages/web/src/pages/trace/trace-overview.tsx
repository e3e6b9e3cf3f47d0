import { type PointerEvent, useCallback, useRef } from 'react'
import { Painting, type Surface } from '../../components/painting.tsx'
import type { SpanTree } from '../../facade/span-tree.ts'
import type { TimeWindow } from '../../facade/time-axis.ts'
import { useStore } from '../../store/observable.ts'
import type { TimeWindowStore } from '../../store/time-window.ts'
import { paintOverview } from './paint-overview.ts'

type Grip = 'from' | 'to' | 'window' | 'brush'

interface Drag {
  grip: Grip
  startMs: number
  window: TimeWindow
}

interface TraceOverviewProps {
  tree: SpanTree
  lengthMs: number
  window: TimeWindowStore
}

/** The whole trace at a glance. Drag to choose what the waterfall shows, drag the window or its handles to change it. */
export function TraceOverview({ tree, lengthMs, window: store }: TraceOverviewProps) {
  const shown = useStore(store)
  const element = useRef<HTMLDivElement>(null)
  const drag = useRef<Drag | null>(null)

  const paint = useCallback((surface: Surface) => paintOverview(surface, tree, lengthMs), [tree, lengthMs])
  const momentOf = (event: PointerEvent) => {
    const box = element.current?.getBoundingClientRect()
    if (!box || box.width === 0) return 0
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * lengthMs
  }
  const start = (event: PointerEvent, grip: Grip) => {
    event.stopPropagation()
    element.current?.setPointerCapture(event.pointerId)
    drag.current = { grip, startMs: momentOf(event), window: store.windowOf(lengthMs) }
  }
  const move = (event: PointerEvent) => {
    if (!drag.current) return
    const { grip, startMs, window } = drag.current
    const atMs = momentOf(event)
    if (grip === 'window') {
      const byMs = atMs - startMs
      const fromMs = Math.max(0, Math.min(window.fromMs + byMs, lengthMs - (window.toMs - window.fromMs)))
      store.show({ fromMs, toMs: fromMs + window.toMs - window.fromMs }, lengthMs)
    } else {
      const anchor = grip === 'from' ? window.toMs : grip === 'to' ? window.fromMs : startMs
      if (Math.abs(atMs - anchor) > lengthMs / 1000) {
        store.show({ fromMs: Math.min(anchor, atMs), toMs: Math.max(anchor, atMs) }, lengthMs)
      }
    }
  }
  const from = shown ? (100 * shown.fromMs) / lengthMs : 0
  const to = shown ? (100 * shown.toMs) / lengthMs : 100
  return (
    <div
      className="trace-overview"
      ref={element}
      aria-hidden="true"
      onPointerDown={(event) => start(event, 'brush')}
      onPointerMove={move}
      onPointerUp={() => {
        drag.current = null
      }}
      onDoubleClick={() => store.fit()}
    >
      <Painting paint={paint} />
      {shown && (
        <>
          <span className="outside" style={{ left: 0, width: `${from}%` }} />
          <span className="outside" style={{ left: `${to}%`, right: 0 }} />
          <span
            className="window"
            style={{ left: `${from}%`, width: `${to - from}%` }}
            onPointerDown={(event) => start(event, 'window')}
          >
            <i onPointerDown={(event) => start(event, 'from')} />
            <i onPointerDown={(event) => start(event, 'to')} />
          </span>
        </>
      )}
    </div>
  )
}
