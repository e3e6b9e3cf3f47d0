import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'

/** Rows are drawn this far above and below what shows, and the range moves on by as many at once. */
const margin = 8

interface RowRange {
  /** The first row that is drawn. */
  first: number
  /** Behind the last. */
  end: number
}

/**
 * Which of very many rows of one height are drawn as their list scrolls: those that show, and a few around them.
 *
 * @param rowHeight in CSS pixels
 * @returns the range, and how to bring a row (with those up to `lastIndex`) into sight
 */
export function useRowWindow(
  scroll: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): { range: RowRange; show(index: number, lastIndex: number): void } {
  const [range, setRange] = useState<RowRange>({ first: 0, end: 0 })
  const drawn = useRef(range)
  useLayoutEffect(() => {
    const element = scroll.current
    if (!element) return
    const update = (apply: (change: () => void) => void) => {
      const top = Math.floor(element.scrollTop / rowHeight / margin) * margin
      const rows = Math.ceil(element.clientHeight / rowHeight / margin) * margin
      const next = { first: Math.max(0, top - margin), end: Math.min(count, top + rows + 2 * margin) }
      if (next.first === drawn.current.first && next.end === drawn.current.end) return
      drawn.current = next
      apply(() => setRange(next))
    }
    // Drawn before the frame that scrolls is: no row shows empty.
    const onScroll = () => update(flushSync)
    const onResize = () => update((change) => change())
    onResize()
    element.addEventListener('scroll', onScroll, { passive: true })
    const observer = new ResizeObserver(onResize)
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', onScroll)
      observer.disconnect()
    }
  }, [scroll, count, rowHeight])

  const show = useCallback(
    (index: number, lastIndex: number) => {
      const element = scroll.current
      if (!element) return
      const top = index * rowHeight
      const bottom = (lastIndex + 1) * rowHeight
      const { scrollTop, clientHeight } = element
      if (top >= scrollTop && bottom <= scrollTop + clientHeight) return
      const isAbove = top < scrollTop || bottom - top > clientHeight || lastIndex > index
      element.scrollTop = isAbove ? top : bottom - clientHeight
    },
    [scroll, rowHeight],
  )
  return { range: { first: range.first, end: Math.min(range.end, count) }, show }
}
