import { type ReactNode, useRef } from 'react'
import './menu.css'

/** A button that opens a small panel beneath it; leaving it or Escape closes it. */
export function Menu({ label, children }: { label: ReactNode; children: ReactNode }) {
  const element = useRef<HTMLDetailsElement>(null)
  const close = () => {
    if (element.current) element.current.open = false
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
        close()
        element.current.querySelector('summary')?.focus()
      }}
    >
      <summary className="button">{label}</summary>
      <div className="menu-panel" tabIndex={-1}>
        {children}
      </div>
    </details>
  )
}
