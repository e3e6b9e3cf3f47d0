import { type ReactNode, useEffect, useMemo, useRef } from 'react'
import { narrowTrace, useMediaQuery } from '../components/media-query.ts'
import { overlapsOf, placedGaps, type Speech, type TurnProblem } from '../facade/speech.ts'
import type { TurnView } from '../facade/turn-view.ts'
import { useStore } from '../store/observable.ts'
import type { TimeWindowStore } from '../store/time-window.ts'
import { Needle } from './needle.tsx'
import { TimeRuler, useScrub } from './time-ruler.tsx'
import { TimelineLanes } from './timeline-lanes.tsx'
import type { Playback } from './use-playback.ts'
import { useWheelZoom } from './use-wheel-zoom.ts'
import './timeline.css'

interface TimelineProps {
  turns: readonly TurnView[]
  /** Whether it has turns, or a place for those to come. */
  hasTurns: boolean
  problems: ReadonlyMap<string, readonly TurnProblem[]>
  speech: readonly Speech[]
  playback: Playback
  window: TimeWindowStore
  lengthMs: number
  currentTurnId: string | null
  onSelect(spanId: string): void
  /** The spans, below the voices on the same axis. */
  children?: ReactNode
}

/** One axis for the voices, the turns and the spans, and the needle through all of them. */
export function Timeline(props: TimelineProps) {
  const { turns, speech, playback, window: store, lengthMs, currentTurnId, onSelect, children } = props
  const { player, tracks } = playback
  const root = useRef<HTMLDivElement>(null)
  const lanes = useRef<HTMLDivElement>(null)
  const narrow = useMediaQuery(narrowTrace)
  const shown = useStore(store)
  const window = useMemo(() => shown ?? { fromMs: 0, toMs: Math.max(lengthMs, 1) }, [shown, lengthMs])
  const gaps = useMemo(() => placedGaps(turns, speech), [turns, speech])
  const overlaps = useMemo(() => overlapsOf(speech), [speech])
  const seek = tracks.length > 0 ? (ms: number) => player.seek(ms) : null
  useWheelZoom(lanes, store, lengthMs, { axis: '.axis', upright: 'pans' })
  useScrollbarWidth(root)
  return (
    <div className="timeline" ref={root}>
      <TimeRuler window={window} ticks={narrow ? 4 : 8} onSeek={seek} />
      <div ref={lanes} className="lanes-scrub">
        <TimelineLanes
          turns={turns}
          hasTurns={props.hasTurns}
          problems={props.problems}
          speech={speech}
          gaps={gaps}
          overlaps={overlaps}
          playback={playback}
          window={window}
          lengthMs={lengthMs}
          currentTurnId={currentTurnId}
          onSelect={onSelect}
          scrub={useScrub(window, seek)}
        />
      </div>
      {children}
      {tracks.length > 0 && <Needle player={player} window={store} lengthMs={lengthMs} timeline={root} />}
    </div>
  )
}

/** Keeps the axis of the lanes as wide as that of the spans, whose scrollbar takes some of it. */
function useScrollbarWidth(root: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const timeline = root.current
    const scroll = timeline?.querySelector<HTMLElement>('.waterfall-scroll')
    if (!timeline || !scroll) return
    const observer = new ResizeObserver(() => {
      timeline.style.setProperty('--scrollbar', `${scroll.offsetWidth - scroll.clientWidth}px`)
    })
    observer.observe(scroll)
    if (scroll.firstElementChild) observer.observe(scroll.firstElementChild)
    return () => observer.disconnect()
  }, [root])
}
