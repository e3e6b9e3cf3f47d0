import type { Json } from '@voxtrace/model'
import { useState } from 'react'
import { ellipsized } from '../../format/text.ts'
import { formatCount } from '../../format/time.ts'
import { LongText } from './long-text.tsx'

/** Entries of a list or an object that are drawn at once. */
const shownEntries = 100
/** Levels that are open at first, as long as a level has few entries. */
const openLevels = 3
const openUpTo = 20

/** Any JSON as a tree that is drawn only as far as it is open. */
export function JsonTree({ value, level = 0 }: { value: Json; level?: number }) {
  if (typeof value !== 'object' || value === null) return <JsonLeaf value={value} />
  const entries = Object.entries(value)
  if (entries.length === 0) return <span className="json-leaf">{Array.isArray(value) ? '[]' : '{}'}</span>
  return <JsonEntries entries={entries} level={level} />
}

function JsonEntries({ entries, level }: { entries: [string, Json][]; level: number }) {
  const [shown, setShown] = useState(shownEntries)
  return (
    <ul className="json-tree">
      {entries.slice(0, shown).map(([key, value]) => (
        <JsonEntry key={key} name={key} value={value} level={level} />
      ))}
      {entries.length > shown && (
        <li>
          <button type="button" className="button" onClick={() => setShown(shown + 10 * shownEntries)}>
            More of {formatCount(entries.length)}
          </button>
        </li>
      )}
    </ul>
  )
}

function JsonEntry({ name, value, level }: { name: string; value: Json; level: number }) {
  const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  const size = isBranch ? Object.keys(value).length : 0
  const [isOpen, setOpen] = useState(level < openLevels && size <= openUpTo)
  if (!isBranch) {
    return (
      <li>
        <span className="json-key">{name}</span>
        <JsonTree value={value} level={level + 1} />
      </li>
    )
  }
  return (
    <li className="json-branch">
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d="M4.5 3l3.5 3-3.5 3" />
        </svg>
        <span className="json-key">{name}</span>
        {!isOpen && <span className="faint">{summaryOf(value, size)}</span>}
      </button>
      {isOpen && <JsonTree value={value} level={level + 1} />}
    </li>
  )
}

function JsonLeaf({ value }: { value: string | number | boolean | null }) {
  const kind = value === null ? 'null' : typeof value
  return (
    <span className="json-leaf" data-kind={kind}>
      <LongText text={String(value)} />
    </span>
  )
}

function summaryOf(value: Json, size: number): string {
  if (Array.isArray(value)) return `${formatCount(size)} ${size === 1 ? 'entry' : 'entries'}`
  return ellipsized(Object.keys(Object(value)).slice(0, 8).join(', '), 60)
}
