import { inBatches } from '../../api/in-batches.ts'
import { deleteTraces, exportTraces, judgeAgain, setTagOnTraces } from '../../api/trace-actions.ts'
import { counted } from '../../format/time.ts'
import type { BulkAction } from './bulk-action.ts'
import { download } from './download.ts'

interface TraceActionsOf {
  experimentId: string
  /** What is listed, one of it. */
  noun: string
  /** So many of what is listed go into one request that takes many traces. */
  together: number
  /** The traces behind what is listed: themselves, or those of a session. */
  traceIdsOf(ids: string[], signal: AbortSignal): Promise<string[]>
  onDeleted(ids: string[]): void
}

/** What can be done to many traces, or to what they belong to. */
export function traceActions(of: TraceActionsOf): BulkAction[] {
  const { experimentId, noun, together, traceIdsOf, onDeleted } = of
  return [
    {
      label: 'Tag',
      asks: 'tag',
      async run(ids, progress, { key, value }) {
        const tag = async (batch: string[]) =>
          setTagOnTraces(await traceIdsOf(batch, progress.signal), key, value)
        const outcome = await inBatches(ids, 1, tag, progress)
        return { ...outcome, said: `${key} set on ${counted(ids.length - outcome.failed.length, noun)}.` }
      },
    },
    {
      label: 'Judge again',
      async run(ids, progress) {
        let turns = 0
        const judge = async (batch: string[]) => {
          turns += await judgeAgain(await traceIdsOf(batch, progress.signal))
        }
        const outcome = await inBatches(ids, together, judge, progress)
        const said =
          turns === 0
            ? 'There are no ended turns to judge.'
            : `${counted(turns, 'turn')} ${turns === 1 ? 'waits' : 'wait'} for the judge.`
        return { ...outcome, said }
      },
    },
    {
      label: 'Export',
      async run(ids, progress) {
        const texts = new Map<string, string>()
        const read = async ([id = '']: string[]) => {
          texts.set(id, await exportTraces(await traceIdsOf([id], progress.signal)))
        }
        const outcome = await inBatches(ids, 1, read, progress)
        const parts = ids.flatMap((id) => texts.get(id) ?? [])
        if (parts.length > 0) download(parts, 'traces.jsonl', 'application/jsonl')
        return { ...outcome, said: `${counted(parts.length, noun)} written to traces.jsonl.` }
      },
    },
    {
      label: 'Delete',
      asks: {
        title: 'Delete',
        text: 'Their spans, recordings and scores go with them. This cannot be undone; an export beforehand keeps them.',
      },
      async run(ids, progress) {
        const remove = async (batch: string[]) => {
          await deleteTraces(experimentId, await traceIdsOf(batch, progress.signal))
          onDeleted(batch)
        }
        const outcome = await inBatches(ids, together, remove, progress)
        return {
          ...outcome,
          said: `${counted(ids.length - outcome.failed.length, noun)} deleted.`,
          gone: true,
        }
      },
    },
  ]
}
