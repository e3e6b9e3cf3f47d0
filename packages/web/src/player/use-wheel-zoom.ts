import { type RefObject, useEffect, useRef } from 'react'
import type { TimeWindowStore } from '../store/time-window.ts'

interface WheelZoom {
  /** Selects what lies on the axis, within the element. */
  axis: string
  /** What a wheel that is not turned sideways does. */
  upright: 'pans' | 'scrolls'
}

/** Ctrl and wheel (a pinch) zooms on the pointer; a wheel turned sideways pans. */
export function useWheelZoom(
  target: RefObject<HTMLElement | null>,
  store: TimeWindowStore,
  lengthMs: number,
  { axis, upright }: WheelZoom,
): void {
  const length = useRef(lengthMs)
  length.current = lengthMs
  useEffect(() => {
    const element = target.current
    if (!element) return
    const turn = (event: WheelEvent) => {
      const shown = element.querySelector(axis)?.getBoundingClientRect()
      if (!shown) return
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
      if (!event.ctrlKey && !isSideways && upright === 'scrolls') return
      event.preventDefault()
      const window = store.windowOf(length.current)
      const perPixel = (window.toMs - window.fromMs) / shown.width
      if (event.ctrlKey) {
        const aboutMs = window.fromMs + Math.max(0, event.clientX - shown.left) * perPixel
        store.zoom(Math.exp(event.deltaY / 240), aboutMs, length.current)
      } else {
        const byPixels = upright === 'pans' ? event.deltaX + event.deltaY : event.deltaX
        store.pan(byPixels * perPixel, length.current)
      }
    }
    element.addEventListener('wheel', turn, { passive: false })
    return () => element.removeEventListener('wheel', turn)
  }, [target, store, axis, upright])
}
