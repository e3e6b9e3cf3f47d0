import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Run } from '@voxtrace/model'
import { useMemo } from 'react'
import { type RunQuery, renameRun, searchRuns } from '../../api/runs.ts'
import { ErrorMark } from '../../components/icon.tsx'
import type { ListRows } from '../../components/list/data-row.tsx'
import { DeletedToggle } from '../../components/list/deleted-toggle.tsx'
import { KeptLists, useKeptList } from '../../components/list/kept-list.ts'
import { useListAddress } from '../../components/list/list-address.ts'
import { ListPage } from '../../components/list/list-page.tsx'
import { RenameButton } from '../../components/list/rename-button.tsx'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { EmptyPanel } from '../../components/panel-states.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { runFilter } from '../../facade/filter-language.ts'
import { seenInRuns } from '../../facade/seen-values.ts'
import { useStore } from '../../store/observable.ts'
import { allRunIds, runActions } from './run-actions.ts'
import { runColumns } from './run-columns.tsx'

const route = getRouteApi('/experiments/$experimentId/runs')
const lists = new KeptLists<Run>()
const byRuns = { timeField: 'start_time', newestFirst: 'start_time DESC' } as const

const rows: ListRows<Run> = {
  keyOf: ({ info }) => info.runId,
  linkOf: ({ info }) => ({ to: '/runs/$runId', params: { runId: info.runId } }),
  nameOf: ({ info }) => info.runName,
  isOpen: ({ info }) => info.status === 'RUNNING',
  markerOf: ({ info }) =>
    info.status === 'RUNNING' ? (
      <span className="dot live" />
    ) : info.status === 'FAILED' ? (
      <ErrorMark label="failed" />
    ) : null,
}

/** The runs of one experiment, newest first or by what one chooses. */
export function RunsPage() {
  const { experimentId } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const address = useListAddress(search, (next) => void navigate({ search: { ...next } }), byRuns)
  const { asked, wanted, ordering, onChoose } = address
  const isDeleted = search.stage === 'deleted'
  const query: RunQuery = {
    experimentId,
    filter: wanted,
    order: ordering.order,
    stage: isDeleted ? 'DELETED_ONLY' : 'ACTIVE_ONLY',
  }
  const list = useKeptList(lists, [experimentId, ...asked], {
    experimentId,
    keyOf: rows.keyOf,
    changedBy: ['run'],
    goneBy: (event) =>
      event.type === 'run' && event.change === 'deleted' && !isDeleted ? event.runId : null,
    read: async (maxResults, pageToken, signal) => {
      const page = await searchRuns({ ...query, maxResults }, pageToken, signal)
      return { rows: page.runs, nextPageToken: page.nextPageToken }
    },
  })
  const { feed } = list
  const { rows: runs } = useStore(feed.list)
  const marked = useStore(list.selection)
  const only = marked.size === 1 ? runs.find(({ info }) => marked.has(info.runId)) : undefined
  const seen = useMemo(() => seenInRuns(runs), [runs])
  const columns = useMemo(() => runColumns(runs), [runs])
  const actions = useMemo(
    () => runActions(experimentId, isDeleted, (gone) => feed.list.remove(gone)),
    [experimentId, isDeleted, feed],
  )
  return (
    <ListPage
      experimentId={experimentId}
      noun="run"
      label="Runs"
      list={list}
      rows={rows}
      columns={columns}
      address={address}
      language={runFilter}
      seen={seen}
      actions={actions}
      findAll={(progress) => allRunIds(query, progress)}
      empty={<NoRuns isDeleted={isDeleted} />}
      toolbar={<DeletedToggle isDeleted={isDeleted} onStage={(stage) => onChoose({ stage })} />}
      onward={
        marked.size > 1 ? (
          <CompareLink ids={[...marked]} />
        ) : (
          only &&
          !isDeleted && (
            <RenameButton
              subject="A run"
              current={only.info.runName}
              onRename={(next) => renameRun(only.info.runId, next)}
            />
          )
        )
      }
    />
  )
}

function CompareLink({ ids }: { ids: readonly string[] }) {
  const navigate = useNavigate()
  const to = { to: '/compare/runs', search: { ids: ids.join(',') } } as const
  useShortcuts({ c: () => void navigate(to) })
  return (
    <Link {...to} className="button primary">
      Compare {ids.length} runs
    </Link>
  )
}

function NoRuns({ isDeleted }: { isDeleted: boolean }) {
  if (isDeleted) {
    return <EmptyPanel title="No deleted runs">Runs that are deleted can be restored from here.</EmptyPanel>
  }
  return (
    <NothingYet what="runs">
      Each conversation with the bot is a run, with its metrics turn by turn. Any MLflow client can log
      others.
    </NothingYet>
  )
}
