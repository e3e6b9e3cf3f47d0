import { type RefObject, useEffect, useRef } from 'react'
import { positionOf } from '../facade/time-axis.ts'
import { formatClock } from '../format/time.ts'
import type { TimeWindowStore } from '../store/time-window.ts'
import type { Player } from './player.ts'

/** Half of the flag with the time, which stays within the timeline at both of its ends. */
const halfFlagPx = 28

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
    const whole = timeline.current
    const axis = whole?.querySelector('.axis')
    if (!whole || !axis) return
    // Measured when something changes its size, so that each move of the needle costs no layout.
    let [left, width, wholeWidth] = [0, 0, 0]
    const place = () => {
      const line = needle.current
      if (!line) return
      const shown = positionOf(player.now(), store.windowOf(lengthMs))
      line.hidden = shown < 0 || shown > 1
      const x = left + shown * width
      line.style.transform = `translateX(${x.toFixed(1)}px)`
      if (flag.current) {
        const inside = Math.min(wholeWidth - halfFlagPx, Math.max(halfFlagPx, x))
        flag.current.style.marginLeft = `${(inside - x).toFixed(1)}px`
        flag.current.textContent = formatClock(player.now(), 2)
      }
    }
    const measure = () => {
      left = axis.getBoundingClientRect().left - whole.getBoundingClientRect().left
      width = axis.clientWidth
      wholeWidth = whole.clientWidth
      place()
    }
    measure()
    const stops = [player.position.subscribe(place), store.subscribe(place)]
    const observer = new ResizeObserver(measure)
    observer.observe(whole)
    observer.observe(axis)
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
