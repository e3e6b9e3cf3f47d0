import { Icon } from '../icon.tsx'

/** Empties the field of a filter, in which it stands. */
export function ClearButton({ onClear }: { onClear(): void }) {
  return (
    <button
      type="button"
      className="button ghost square"
      aria-label="Clear the filter"
      style={{ height: 22, width: 22 }}
      onClick={onClear}
    >
      <Icon name="close" />
    </button>
  )
}
