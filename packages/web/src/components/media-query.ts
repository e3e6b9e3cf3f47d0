import { useSyncExternalStore } from 'react'

/** Whether a media query holds, now and as it changes. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

export const narrowScreen = '(max-width: 640px)'
/** Where a trace has no room for panes side by side: phones, tablets held upright, a window of 1440 pixels at 200 %. */
export const narrowTrace = '(max-width: 900px)'
