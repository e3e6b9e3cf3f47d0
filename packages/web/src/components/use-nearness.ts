import { type RefObject, useCallback, useEffect, useRef } from 'react'

/** Tells an element from now on whether it is in sight or nearly; the returned function ends that. */
export type WatchNearness = (element: Element, tell: (isNear: boolean) => void) => () => void

/** Within this much of what a scrolling element shows, something in it is near. */
const margin = '1200px 0px'

/** Which of very many things in a scrolling element are near what it shows. One observer serves them all. */
export function useNearness(scroll: RefObject<HTMLElement | null>): WatchNearness {
  const tells = useRef(new Map<Element, (isNear: boolean) => void>())
  const observer = useRef<IntersectionObserver | null>(null)
  useEffect(() => () => observer.current?.disconnect(), [])
  return useCallback(
    (element, tell) => {
      observer.current ??= new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) tells.current.get(target)?.(isIntersecting)
        },
        { root: scroll.current, rootMargin: margin },
      )
      tells.current.set(element, tell)
      observer.current.observe(element)
      return () => {
        tells.current.delete(element)
        observer.current?.unobserve(element)
      }
    },
    [scroll],
  )
}
