interface DeletedToggleProps {
  isDeleted: boolean
  /** With the stage as it stands in the address. */
  onStage(stage: 'deleted' | undefined): void
}

/** Lists what was deleted in the place of what is there. */
export function DeletedToggle({ isDeleted, onStage }: DeletedToggleProps) {
  return (
    <button
      type="button"
      className="button"
      aria-pressed={isDeleted}
      onClick={() => onStage(isDeleted ? undefined : 'deleted')}
    >
      Deleted
    </button>
  )
}
