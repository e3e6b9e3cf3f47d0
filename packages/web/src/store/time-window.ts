import { panned, type TimeWindow, zoomed } from '../facade/time-axis.ts'
import { Observable } from './observable.ts'

/** The stretch of a trace that its waterfall shows; null while it shows all, however long that grows. */
export class TimeWindowStore extends Observable<TimeWindow | null> {
  constructor() {
    super(null)
  }

  fit(): void {
    this.setState(null)
  }

  show(window: TimeWindow, totalMs: number): void {
    const shown = zoomed(window, 1, window.fromMs, totalMs)
    this.setState(shown.toMs - shown.fromMs >= totalMs ? null : shown)
  }

  /** Shows one span over the whole width, with a little of what is around it. */
  showSpan({ startMs, endMs }: { startMs: number; endMs: number | null }, totalMs: number): void {
    const end = endMs ?? totalMs
    const margin = (end - startMs) * 0.04
    this.show({ fromMs: Math.max(0, startMs - margin), toMs: end + margin }, totalMs)
  }

  zoom(factor: number, aboutMs: number | null, totalMs: number): void {
    const window = this.windowOf(totalMs)
    this.show(zoomed(window, factor, aboutMs ?? (window.fromMs + window.toMs) / 2, totalMs), totalMs)
  }

  pan(byMs: number, totalMs: number): void {
    const window = this.getState()
    if (window) this.setState(panned(window, byMs, totalMs))
  }

  windowOf(totalMs: number): TimeWindow {
    return this.getState() ?? { fromMs: 0, toMs: Math.max(totalMs, 1) }
  }
}
