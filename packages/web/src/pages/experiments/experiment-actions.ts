import { deleteExperiment, restoreExperiment } from '../../api/experiments.ts'
import type { BulkAction } from '../../components/list/bulk-action.ts'
import { deleteAction, restoreAction } from '../../components/list/deletion.ts'

/** What can be done to many experiments: to those that are there, or to those that were deleted. */
export function experimentActions(isDeleted: boolean, onChange: () => void): BulkAction[] {
  const deletion = {
    noun: 'experiment',
    consequences:
      'They leave this list, with their runs and traces. “Deleted” above lists them, to be restored.',
    remove: deleteExperiment,
    restore: restoreExperiment,
    onChange,
  }
  return [isDeleted ? restoreAction(deletion) : deleteAction(deletion)]
}
