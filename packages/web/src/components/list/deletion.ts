import { type BatchesProgress, inBatches } from '../../api/in-batches.ts'
import { counted } from '../../format/time.ts'
import type { BulkAction, BulkResult } from './bulk-action.ts'

/** How something is deleted so that it can be had back. */
interface Deletion {
  /** What it is called, one of it. */
  noun: string
  /** What goes with it, and where it can be restored. */
  consequences: string
  remove(id: string): Promise<void>
  restore(id: string): Promise<void>
  /** They are deleted or restored. */
  onChange(ids: readonly string[]): void
}

/** Deletes, with a way to take it back. */
export function deleteAction({ noun, consequences, remove, restore, onChange }: Deletion): BulkAction {
  return {
    label: 'Delete',
    asks: { title: 'Delete', text: consequences },
    async run(ids, progress) {
      const outcome = await inBatches(ids, 1, ([id = '']) => remove(id), progress)
      const failed = new Set(outcome.failed)
      const deleted = ids.filter((id) => !failed.has(id))
      onChange(deleted)
      return {
        ...outcome,
        said: `${counted(deleted.length, noun)} deleted.`,
        gone: true,
        ...(deleted.length > 0 && {
          undo: (further: BatchesProgress) => restoreAll({ noun, restore, onChange }, deleted, further),
        }),
      }
    },
  }
}

/** Restores what was deleted. */
export function restoreAction(deletion: Deletion): BulkAction {
  return { label: 'Restore', run: (ids, progress) => restoreAll(deletion, ids, progress) }
}

async function restoreAll(
  { noun, restore, onChange }: Pick<Deletion, 'noun' | 'restore' | 'onChange'>,
  ids: readonly string[],
  progress: BatchesProgress,
): Promise<BulkResult> {
  const outcome = await inBatches(ids, 1, ([id = '']) => restore(id), progress)
  const failed = new Set(outcome.failed)
  const restored = ids.filter((id) => !failed.has(id))
  onChange(restored)
  return { ...outcome, said: `${counted(restored.length, noun)} restored.`, gone: true }
}
