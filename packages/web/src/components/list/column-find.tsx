import { type ReactNode, useState } from 'react'
import type { ListColumn } from './columns.ts'

/** So many columns are looked through at a glance. */
const fewColumns = 20

interface ColumnFindProps<Row> {
  columns: readonly ListColumn<Row>[]
  /** Draws those that were found. */
  children(found: readonly ListColumn<Row>[]): ReactNode
}

/** Finds columns by name in a menu that has very many of them. */
export function ColumnFind<Row>({ columns, children }: ColumnFindProps<Row>) {
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  return (
    <>
      {columns.length > fewColumns && (
        <input
          className="find"
          aria-label="Find a column"
          placeholder={`Find among ${columns.length}`}
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
      )}
      {children(columns.filter(({ label }) => label.toLowerCase().includes(wanted)))}
    </>
  )
}
