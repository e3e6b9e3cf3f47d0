import type { ReactNode } from 'react'
import { positionOf, type TimeWindow } from '../facade/time-axis.ts'

/** A stretch narrower than this, in pixels, is painted with others like it instead of being an element of its own. */
export const leastElementPx = 6

/** Of stretches those that the window shows: which are wide enough for elements of their own, and which are painted. */
export function shownStretches<Stretch extends { fromMs: number; toMs: number }>(
  stretches: readonly Stretch[],
  window: TimeWindow,
  axisPx: number,
): { wide: Stretch[]; narrow: Stretch[] } {
  const leastMs = (leastElementPx * (window.toMs - window.fromMs)) / Math.max(1, axisPx)
  const wide: Stretch[] = []
  const narrow: Stretch[] = []
  for (const stretch of stretches) {
    if (stretch.toMs <= window.fromMs || stretch.fromMs >= window.toMs) continue
    if (stretch.toMs - stretch.fromMs >= leastMs) wide.push(stretch)
    else narrow.push(stretch)
  }
  return { wide, narrow }
}

interface PlacedProps {
  className: string
  fromMs: number
  toMs: number
  window: TimeWindow
  children?: ReactNode
}

/** Something between two moments of the axis; nothing where it lies outside of the window. */
export function Placed({ className, fromMs, toMs, window, children }: PlacedProps) {
  const from = positionOf(fromMs, window)
  const to = positionOf(toMs, window)
  if (to <= 0 || from >= 1) return null
  const left = Math.max(0, from)
  return (
    <span
      className={className}
      style={{ left: `${100 * left}%`, width: `${100 * (Math.min(1, to) - left)}%` }}
    >
      {children}
    </span>
  )
}
