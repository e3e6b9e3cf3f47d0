import type { ReactNode } from 'react'
import { EmptyPanel } from '../panel-states.tsx'

interface NothingMatchesProps {
  /** What none of matches, in the singular. */
  what: string
  onClear(): void
  /** What the filter holds for, where that is not plain. */
  children?: ReactNode
}

/** What a list says when its filter or stretch of time leaves nothing. */
export function NothingMatches({ what, onClear, children }: NothingMatchesProps) {
  return (
    <EmptyPanel
      title={`No ${what} matches this filter`}
      actions={
        <button type="button" className="button" onClick={onClear}>
          Clear the filter
        </button>
      }
    >
      {children}
    </EmptyPanel>
  )
}
