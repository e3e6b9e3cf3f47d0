import { type PointerEvent, useRef } from 'react'
import { hasRoomForLabel, positionOf, type TimeWindow, ticksOf } from '../facade/time-axis.ts'
import './time-ruler.css'

interface TimeRulerProps {
  window: TimeWindow
  ticks: number
  /** Sets the needle down; null where there is nothing to hear. */
  onSeek: ((ms: number) => void) | null
}

/** The moments of the axis. Drag it to move the needle. */
export function TimeRuler({ window, ticks, onSeek }: TimeRulerProps) {
  const scrub = useScrub(window, onSeek)
  return (
    <div className="time-ruler" aria-hidden="true">
      <span className="names">
        <span>Time</span>
      </span>
      <span className={onSeek ? 'axis scrub' : 'axis'} {...scrub}>
        {ticksOf(window, ticks).map(({ ms, label }) => (
          <span key={ms} className="tick" style={{ left: `${100 * positionOf(ms, window)}%` }}>
            {hasRoomForLabel(ms, window) && label}
          </span>
        ))}
      </span>
    </div>
  )
}

export type Scrub = ReturnType<typeof useScrub>

/** Pointer handlers by which a press, and a drag, on an axis moves the needle. */
export function useScrub(window: TimeWindow, onSeek: ((ms: number) => void) | null) {
  const pressed = useRef(false)
  if (!onSeek) return {}
  const seek = (event: PointerEvent<HTMLElement>) => {
    const axis = event.currentTarget.getBoundingClientRect()
    const share = Math.max(0, Math.min(1, (event.clientX - axis.left) / axis.width))
    onSeek(window.fromMs + share * (window.toMs - window.fromMs))
  }
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      pressed.current = true
      seek(event)
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (pressed.current) seek(event)
    },
    onPointerUp: () => {
      pressed.current = false
    },
    onPointerCancel: () => {
      pressed.current = false
    },
  }
}
