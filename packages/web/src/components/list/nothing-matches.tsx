import { EmptyPanel } from '../panel-states.tsx'

/** What a list says when its filter or stretch of time leaves nothing. */
export function NothingMatches({ what, onClear }: { what: string; onClear(): void }) {
  return (
    <EmptyPanel
      title={`No ${what} matches this filter`}
      actions={
        <button type="button" className="button" onClick={onClear}>
          Clear the filter
        </button>
      }
    />
  )
}
