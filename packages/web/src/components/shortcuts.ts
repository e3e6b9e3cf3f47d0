import { useEffect, useRef } from 'react'

/** What each key does; keys are `KeyboardEvent.key` in lower case. */
export type Shortcuts = Record<string, (event: KeyboardEvent) => void>

/** What the reader last came to by Tab. */
let reachedByTab: EventTarget | null = null
addEventListener('keyup', ({ key, target }) => {
  if (key === 'Tab') reachedByTab = target
})

const inTheWay = '[role="dialog"], :popover-open, .menu[open]'

/**
 * Listens for keys on the whole page. Nothing happens while the reader types in a field (Escape leaves it), holds
 * Ctrl, Meta or Alt, or has a dialog or a menu open.
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts)
  current.current = shortcuts
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      if (!(target instanceof HTMLElement) || document.querySelector(inTheWay)) return
      if (isField(target)) {
        if (event.key === 'Escape') target.blur()
        return
      }
      if (event.key === 'Enter' && target.closest('a, button, summary, input')) return
      if (event.key === ' ' && target.matches('input')) return
      // Who came to a button by keys presses it with Space; who clicked it is back at the page.
      if (event.key === ' ' && target === reachedByTab && target.matches('button, summary')) return
      const act = current.current[event.key.toLowerCase()]
      if (!act) return
      event.preventDefault()
      act(event)
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}

function isField(element: HTMLElement): boolean {
  return element.isContentEditable || element.matches('input:not([type="checkbox"]), textarea, select')
}
