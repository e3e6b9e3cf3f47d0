import { type RefObject, useEffect, useRef } from 'react'
import type { TimeWindowStore } from '../store/time-window.ts'

/** Ctrl and wheel (a pinch) zooms on the pointer; a wheel, sideways or not, pans. */
export function useWheelZoom(
  lanes: RefObject<HTMLElement | null>,
  store: TimeWindowStore,
  lengthMs: number,
): void {
  const length = useRef(lengthMs)
  length.current = lengthMs
  useEffect(() => {
    const element = lanes.current
    if (!element) return
    const turn = (event: WheelEvent) => {
      const axis = element.querySelector('.axis')?.getBoundingClientRect()
      if (!axis) return
      const window = store.windowOf(length.current)
      const perPixel = (window.toMs - window.fromMs) / axis.width
      event.preventDefault()
      if (event.ctrlKey) {
        const aboutMs = window.fromMs + Math.max(0, event.clientX - axis.left) * perPixel
        store.zoom(Math.exp(event.deltaY / 240), aboutMs, length.current)
      } else store.pan((event.deltaX + event.deltaY) * perPixel, length.current)
    }
    element.addEventListener('wheel', turn, { passive: false })
    return () => element.removeEventListener('wheel', turn)
  }, [lanes, store])
}
