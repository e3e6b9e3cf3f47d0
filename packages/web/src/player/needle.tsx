import { type RefObject, useEffect, useRef } from 'react'
import { positionOf } from '../facade/time-axis.ts'
import { formatClock } from '../format/time.ts'
import type { TimeWindowStore } from '../store/time-window.ts'
import type { Player } from './player.ts'

interface NeedleProps {
  player: Player
  window: TimeWindowStore
  lengthMs: number
  /** The element whose `.axis` the needle runs along. */
  timeline: RefObject<HTMLElement | null>
}

/** One moment, drawn through everything. It is moved without rendering anything else. */
export function Needle({ player, window: store, lengthMs, timeline }: NeedleProps) {
  const needle = useRef<HTMLDivElement>(null)
  const flag = useRef<HTMLElement>(null)
  useEffect(() => {
    const place = () => {
      const axis = timeline.current?.querySelector('.axis')
      const line = needle.current
      if (!axis || !line || !timeline.current) return
      const shown = positionOf(player.now(), store.windowOf(lengthMs))
      const left = axis.getBoundingClientRect().left - timeline.current.getBoundingClientRect().left
      line.hidden = shown < 0 || shown > 1
      line.style.transform = `translateX(${(left + shown * axis.clientWidth).toFixed(1)}px)`
      if (flag.current) flag.current.textContent = formatClock(player.now(), 2)
    }
    place()
    const stops = [player.position.subscribe(place), store.subscribe(place)]
    const observer = new ResizeObserver(place)
    if (timeline.current) observer.observe(timeline.current)
    return () => {
      for (const stop of stops) stop()
      observer.disconnect()
    }
  }, [player, store, lengthMs, timeline])
  return (
    <div className="needle" ref={needle} aria-hidden="true">
      <span ref={flag} />
    </div>
  )
}
