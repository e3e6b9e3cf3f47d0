import { formatClock, formatDuration } from '../format/time.ts'

/** A stretch of the trace's time, in milliseconds from its start. */
export interface TimeWindow {
  fromMs: number
  toMs: number
}

export interface Tick {
  ms: number
  label: string
}

const steps = [1, 2, 5]

/** Round moments within the window, about `count` of them. */
export function ticksOf({ fromMs, toMs }: TimeWindow, count: number): Tick[] {
  const span = toMs - fromMs
  if (!(span > 0) || count < 1) return []
  const step = stepFor(span / count)
  const ticks: Tick[] = []
  for (let index = Math.ceil(fromMs / step); index * step <= toMs; index++) {
    ticks.push({ ms: index * step, label: labelOf(index * step, step) })
  }
  return ticks
}

function stepFor(about: number): number {
  if (about > 30_000) {
    const seconds = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]
    return 1000 * (seconds.find((step) => step * 1000 >= about) ?? 86_400 * Math.ceil(about / 86_400_000))
  }
  if (about > 5000) return about > 20_000 ? 30_000 : about > 10_000 ? 20_000 : 10_000
  const power = 10 ** Math.floor(Math.log10(about))
  return power * (steps.find((step) => step * power >= about) ?? 10)
}

function labelOf(ms: number, step: number): string {
  if (ms === 0) return '0'
  if (step >= 1000) return formatClock(ms)
  if (ms >= 1000) return formatClock(ms, step >= 100 ? 1 : step >= 10 ? 2 : 3)
  return formatDuration(ms)
}

/** Where a moment stands in the window, as a share of its width; outside of it below 0 or above 1. */
export function positionOf(ms: number, { fromMs, toMs }: TimeWindow): number {
  return toMs > fromMs ? (ms - fromMs) / (toMs - fromMs) : 0
}

/** From which share of the axis on a tick goes without its label, which the end of the axis would cut. */
const lastLabelAt = 0.95

export function hasRoomForLabel(ms: number, window: TimeWindow): boolean {
  return positionOf(ms, window) < lastLabelAt
}

/** The window scaled by `factor` about a moment, kept within the trace and no shorter than a tenth of a millisecond. */
export function zoomed(window: TimeWindow, factor: number, aboutMs: number, totalMs: number): TimeWindow {
  const span = window.toMs - window.fromMs
  const next = Math.min(Math.max(span * factor, 0.1), Math.max(totalMs, 0.1))
  const fromMs = aboutMs - (aboutMs - window.fromMs) * (next / span)
  return panned({ fromMs, toMs: fromMs + next }, 0, totalMs)
}

/** The window moved by some milliseconds, kept within the trace. */
export function panned({ fromMs, toMs }: TimeWindow, byMs: number, totalMs: number): TimeWindow {
  const span = toMs - fromMs
  const start = Math.max(0, Math.min(fromMs + byMs, totalMs - span))
  return { fromMs: start, toMs: start + span }
}
