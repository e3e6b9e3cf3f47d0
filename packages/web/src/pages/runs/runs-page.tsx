import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Run } from '@voxtrace/model'
import { useMemo } from 'react'
import { type RunQuery, searchRuns } from '../../api/runs.ts'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { ErrorMark } from '../../components/icon.tsx'
import { BulkBar } from '../../components/list/bulk-bar.tsx'
import { ColumnMenu } from '../../components/list/column-menu.tsx'
import { DataList, SelectableRow } from '../../components/list/data-list.tsx'
import { isRefusal, ListToolbar, withoutEmpty } from '../../components/list/list-toolbar.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { OlderRows } from '../../components/list/older-rows.tsx'
import { useLivePages } from '../../components/list/use-live-pages.ts'
import { NothingYet } from '../../components/nothing-yet.tsx'
import { ExperimentHeading, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { runFilter } from '../../facade/filter-language.ts'
import { bothFilters } from '../../facade/filter-text.ts'
import { type RunColumn, runColumnsOf } from '../../facade/run-columns.ts'
import { seenInRuns } from '../../facade/seen-values.ts'
import { timeFilter } from '../../facade/time-range.ts'
import { formatMoment } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { SelectionStore } from '../../store/selection.ts'
import { allRunIds, runActions } from './run-actions.ts'
import { RunCell, RunHead, runCellClass, runColumnWidths } from './run-cells.tsx'
import './runs.css'

const route = getRouteApi('/experiments/$experimentId/runs')

/** The runs of one experiment, newest first. */
export function RunsPage() {
  const { experimentId } = route.useParams()
  const name = useExperimentName(experimentId)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const client = useQueryClient()
  const { filter = '', last, from, to, columns: chosenText, stage } = search
  const isDeleted = stage === 'deleted'
  const wanted = useMemo(
    () => bothFilters(filter, timeFilter({ last, from, to }, Date.now(), 'start_time')),
    [filter, last, from, to],
  )
  const query: RunQuery = {
    experimentId,
    filter: wanted,
    stage: isDeleted ? 'DELETED_ONLY' : 'ACTIVE_ONLY',
  }
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useLivePages({
    list: 'runs',
    experimentId,
    asked: [query.stage, wanted],
    changedBy: ['run'],
    read: (pageToken, signal) => searchRuns(query, pageToken, signal),
  })
  const runs = data?.pages.flatMap((page) => page.runs)
  const seen = useMemo(() => seenInRuns(data?.pages.flatMap((page) => page.runs) ?? []), [data])
  const columns = useMemo(() => runColumnsOf(data?.pages.flatMap((page) => page.runs) ?? []), [data])
  const chosen = useMemo(() => chosenText?.split(',') ?? null, [chosenText])
  const shown = columns.filter(({ id, isUsual }) => chosen?.includes(id) ?? isUsual)
  const show = (change: Partial<typeof search>) =>
    void navigate({ search: withoutEmpty({ ...search, ...change }) })
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was selected of another list is not of this one
  const selection = useMemo(() => new SelectionStore(), [experimentId, wanted, isDeleted])
  const actions = useMemo(
    () =>
      runActions(
        experimentId,
        isDeleted,
        () => void client.refetchQueries({ queryKey: ['runs', experimentId] }),
      ),
    [client, experimentId, isDeleted],
  )
  const marked = useStore(selection)
  return (
    <Page title={`${name}, runs`} header={<ExperimentHeading experimentId={experimentId} name={name} />}>
      <ListToolbar language={runFilter} seen={seen} choice={search} failure={error} onChoose={show}>
        <span className="wide-only">
          <ColumnMenu
            columns={columns}
            chosen={chosen}
            onChoose={(ids) => show({ columns: ids?.join(',') })}
          />
        </span>
        <button
          type="button"
          className="button"
          aria-pressed={isDeleted}
          onClick={() => show({ stage: isDeleted ? undefined : 'deleted' })}
        >
          Deleted
        </button>
      </ListToolbar>
      {runs ? (
        <>
          {runs.length === 0 && isDeleted && wanted === '' ? (
            <EmptyPanel title="No deleted runs">Runs that are deleted can be restored from here.</EmptyPanel>
          ) : runs.length === 0 && wanted !== '' ? (
            <NothingMatches
              what="run"
              onClear={() => show({ filter: undefined, last: undefined, from: undefined, to: undefined })}
            />
          ) : (
            <RunList experimentId={experimentId} runs={runs} columns={shown} selection={selection} />
          )}
          {hasNextPage && (
            <OlderRows label="Older runs" loading={isFetchingNextPage} onLoad={() => void fetchNextPage()} />
          )}
          <BulkBar
            key={`${query.stage} ${wanted}`}
            selection={selection}
            one="run"
            many="runs"
            actions={actions}
            findAll={hasNextPage ? (progress) => allRunIds(query, progress) : null}
          >
            {marked.size > 1 && (
              <Link to="/compare/runs" search={{ ids: [...marked].join(',') }} className="button primary">
                Compare {marked.size} runs
              </Link>
            )}
          </BulkBar>
        </>
      ) : isRefusal(error) ? null : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

function RunList({
  experimentId,
  runs,
  columns,
  selection,
}: {
  experimentId: string
  runs: Run[]
  columns: readonly RunColumn[]
  selection: SelectionStore
}) {
  const navigate = useNavigate()
  if (runs.length === 0) {
    return (
      <NothingYet experimentId={experimentId} what="runs">
        Each conversation with the bot is a run, with its metrics turn by turn. Any MLflow client can log
        others.
      </NothingYet>
    )
  }
  return (
    <DataList
      className="run-list"
      columns={runColumnWidths(columns)}
      label="Runs"
      items={runs}
      keyOf={({ info }) => info.runId}
      head={
        <>
          <span>Run</span>
          <span>Started</span>
          {columns.map((column) => (
            <RunHead key={column.id} column={column} columns={columns} />
          ))}
        </>
      }
      onOpen={({ info }) => void navigate({ to: '/runs/$runId', params: { runId: info.runId } })}
      selection={selection}
      row={(run, isCurrent, isMarked) => (
        <RunRow
          run={run}
          columns={columns}
          isCurrent={isCurrent}
          isMarked={isMarked}
          onMark={() => selection.toggle(run.info.runId)}
        />
      )}
    />
  )
}

interface RunRowProps {
  run: Run
  columns: readonly RunColumn[]
  isCurrent: boolean
  isMarked: boolean
  onMark(): void
}

function RunRow({ run, columns, isCurrent, isMarked, onMark }: RunRowProps) {
  const { info } = run
  return (
    <SelectableRow
      name={info.runName}
      isCurrent={isCurrent}
      isMarked={isMarked}
      onMark={onMark}
      marker={
        info.status === 'RUNNING' ? (
          <span className="dot live" />
        ) : info.status === 'FAILED' ? (
          <ErrorMark label="failed" />
        ) : null
      }
    >
      <Link to="/runs/$runId" params={{ runId: info.runId }}>
        <span className="ellipsis name">{info.runName}</span>
        <span className="dim when">{formatMoment(info.startTimeMs, Date.now())}</span>
        {columns.map((column) => (
          <span key={column.id} className={runCellClass(column, columns)}>
            <RunCell run={run} column={column} isFirst={runCellClass(column, columns) === 'num first'} />
          </span>
        ))}
      </Link>
    </SelectableRow>
  )
}
