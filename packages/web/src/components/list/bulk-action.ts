import type { BatchesOutcome, BatchesProgress } from '../../api/in-batches.ts'
import type { Tag } from './tag-form.tsx'

export interface BulkResult extends BatchesOutcome {
  /** What was done to those that it did not fail for. */
  said: string
  /** Whether they are no longer in the list. */
  gone?: boolean
  /** Takes it back, and says so. */
  undo?(progress: BatchesProgress): Promise<BulkResult>
}

export interface BulkAction {
  label: string
  /** What it is to be asked before: a tag, or whether that is really meant. */
  asks?: 'tag' | { title: string; text: string }
  run(ids: readonly string[], progress: BatchesProgress, tag: Tag): Promise<BulkResult>
}
