import { useRef } from 'react'
import { ClearButton } from '../filter/clear-button.tsx'
import { Icon } from '../icon.tsx'
import { useShortcuts } from '../shortcuts.ts'
import '../filter/filter-field.css'
import './list-toolbar.css'

interface NameFilterProps {
  label: string
  value: string
  onChange(value: string): void
}

/** Lists what has a text in its name, as it is written. */
export function NameFilter({ label, value, onChange }: NameFilterProps) {
  const input = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => input.current?.focus() })
  return (
    <search className="filter-field">
      <div className="field">
        <Icon name="search" />
        <input
          ref={input}
          aria-label={label}
          value={value}
          placeholder="Filter by name"
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
        {value && <ClearButton onClear={() => onChange('')} />}
        <kbd className="wide-only">/</kbd>
      </div>
    </search>
  )
}
