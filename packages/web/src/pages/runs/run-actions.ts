import type { Run } from '@voxtrace/model'
import { allPages, type BatchesProgress, inBatches } from '../../api/in-batches.ts'
import { deleteRun, type RunQuery, restoreRun, searchRuns, setTagOnRun } from '../../api/runs.ts'
import type { BulkAction, BulkResult } from '../../components/list/bulk-bar.tsx'
import { download } from '../../components/list/download.ts'
import { quotedText } from '../../facade/filter-text.ts'
import { runsAsCsv, runsAsJson } from '../../facade/run-table.ts'
import { formatCount } from '../../format/time.ts'

/** Runs that are read by their ids in one request. */
const readTogether = 100

/** What can be done to many runs: to those that are there, or to those that were deleted. */
export function runActions(experimentId: string, isDeleted: boolean): BulkAction[] {
  const exports = [
    exportAction(experimentId, 'Export CSV', 'runs.csv', 'text/csv', runsAsCsv),
    exportAction(experimentId, 'Export JSON', 'runs.json', 'application/json', runsAsJson),
  ]
  if (isDeleted) return [{ label: 'Restore', run: restore }, ...exports]
  return [
    {
      label: 'Tag',
      asks: 'tag',
      async run(ids, progress, { key, value }) {
        const outcome = await inBatches(ids, 1, ([id = '']) => setTagOnRun(id, key, value), progress)
        return { ...outcome, said: `${key} set on ${counted(ids.length - outcome.failed.length)}.` }
      },
    },
    ...exports,
    {
      label: 'Delete',
      asks: {
        title: 'Delete',
        text: 'They leave this list, with their metrics and parameters. “Deleted” above lists them, to be restored.',
      },
      async run(ids, progress) {
        const outcome = await inBatches(ids, 1, ([id = '']) => deleteRun(id), progress)
        const failed = new Set(outcome.failed)
        const deleted = ids.filter((id) => !failed.has(id))
        return {
          ...outcome,
          said: `${counted(deleted.length)} deleted.`,
          gone: true,
          undo: (further) => restore(deleted, further),
        }
      },
    },
  ]
}

async function restore(ids: readonly string[], progress: BatchesProgress): Promise<BulkResult> {
  const outcome = await inBatches(ids, 1, ([id = '']) => restoreRun(id), progress)
  return { ...outcome, said: `${counted(ids.length - outcome.failed.length)} restored.`, gone: true }
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
      return { ...outcome, said: `${counted(runs.length)} written to ${file}.` }
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

function counted(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'run' : 'runs'}`
}
