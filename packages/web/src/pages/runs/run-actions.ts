import type { Run } from '@voxtrace/model'
import { allPages, type BatchesProgress, inBatches } from '../../api/in-batches.ts'
import { deleteRun, type RunQuery, restoreRun, searchRuns, setTagOnRun } from '../../api/runs.ts'
import type { BulkAction } from '../../components/list/bulk-action.ts'
import { deleteAction, restoreAction } from '../../components/list/deletion.ts'
import { download } from '../../components/list/download.ts'
import { quotedText } from '../../facade/filter-text.ts'
import { runsAsCsv, runsAsJson } from '../../facade/run-table.ts'
import { counted } from '../../format/time.ts'

/** Runs that are read by their ids in one request. */
const readTogether = 100

/** What can be done to many runs: to those that are there, or to those that were deleted. */
export function runActions(
  experimentId: string,
  isDeleted: boolean,
  onChange: (ids: readonly string[]) => void,
): BulkAction[] {
  const exports = [
    exportAction(experimentId, 'Export CSV', 'runs.csv', 'text/csv', runsAsCsv),
    exportAction(experimentId, 'Export JSON', 'runs.json', 'application/json', runsAsJson),
  ]
  const deletion = {
    noun: 'run',
    consequences:
      'They leave this list, with their metrics and parameters. “Deleted” above lists them, to be restored.',
    remove: deleteRun,
    restore: restoreRun,
    onChange,
  }
  if (isDeleted) return [restoreAction(deletion), ...exports]
  return [
    {
      label: 'Tag',
      asks: 'tag',
      async run(ids, progress, { key, value }) {
        const outcome = await inBatches(ids, 1, ([id = '']) => setTagOnRun(id, key, value), progress)
        return { ...outcome, said: `${key} set on ${counted(ids.length - outcome.failed.length, 'run')}.` }
      },
    },
    ...exports,
    deleteAction(deletion),
  ]
}

function exportAction(
  experimentId: string,
  label: string,
  file: string,
  type: string,
  textOf: (runs: readonly Run[]) => string,
): BulkAction {
  return {
    label,
    async run(ids, progress) {
      const found = new Map<string, Run>()
      const read = async (batch: string[]) => {
        const query: RunQuery = {
          experimentId,
          filter: `run_id IN (${batch.map(quotedText).join(', ')})`,
          stage: 'ALL',
        }
        const { runs } = await searchRuns(query, null, progress.signal)
        for (const run of runs) found.set(run.info.runId, run)
      }
      const outcome = await inBatches(ids, readTogether, read, progress)
      const runs = ids.flatMap((id) => found.get(id) ?? [])
      if (runs.length > 0) download([textOf(runs)], file, type)
      return { ...outcome, said: `${counted(runs.length, 'run')} written to ${file}.` }
    },
  }
}

/** The ids of all runs that are asked for. Throws `RequestFailure`. */
export function allRunIds(query: RunQuery, progress: BatchesProgress): Promise<string[]> {
  return allPages(async (pageToken) => {
    const page = await searchRuns({ ...query, maxResults: 500 }, pageToken, progress.signal)
    return { items: page.runs.map(({ info }) => info.runId), nextPageToken: page.nextPageToken }
  }, progress)
}
