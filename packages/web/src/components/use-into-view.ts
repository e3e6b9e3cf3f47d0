import { type RefObject, useEffect } from 'react'

/** Brings an element into view whenever the key changes: what was chosen is not left off the screen. */
export function useIntoView(element: RefObject<Element | null>, key: unknown): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when
  useEffect(() => {
    element.current?.scrollIntoView({ block: 'nearest' })
  }, [element, key])
}
