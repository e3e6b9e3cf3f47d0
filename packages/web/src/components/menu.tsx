import { type ReactNode, useRef } from 'react'
import './menu.css'

interface MenuProps {
  label: ReactNode
  /** Whether it holds things to do, of which one closes it. */
  closesWhenChosen?: boolean
  children: ReactNode
}

/** A button that opens a small panel beneath it; leaving it or Escape closes it. */
export function Menu({ label, closesWhenChosen = false, children }: MenuProps) {
  const element = useRef<HTMLDetailsElement>(null)
  const close = () => {
    if (element.current) element.current.open = false
  }
  /** Whatever is asked next gives the focus back to the button. */
  const closeAndFocus = () => {
    close()
    element.current?.querySelector('summary')?.focus()
  }
  return (
    <details
      className="menu"
      ref={element}
      onBlur={(event) => {
        if (!element.current?.contains(event.relatedTarget)) close()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !element.current?.open) return
        event.stopPropagation()
        closeAndFocus()
      }}
    >
      <summary className="button">{label}</summary>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it are what is pressed */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a key on a button is a click */}
      <div className="menu-panel" tabIndex={-1} onClick={closesWhenChosen ? closeAndFocus : undefined}>
        {children}
      </div>
    </details>
  )
}
