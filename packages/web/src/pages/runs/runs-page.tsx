import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Run } from '@voxtrace/model'
import { useMemo } from 'react'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { ErrorMark, Icon } from '../../components/icon.tsx'
import { ColumnMenu } from '../../components/list/column-menu.tsx'
import { DataList } from '../../components/list/data-list.tsx'
import { isRefusal, ListToolbar, withoutEmpty } from '../../components/list/list-toolbar.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { OlderRows } from '../../components/list/older-rows.tsx'
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
import { RunCell, RunHead, runCellClass, runColumnWidths } from './run-cells.tsx'
import { useRuns } from './use-runs.ts'
import './runs.css'

const route = getRouteApi('/experiments/$experimentId/runs')

/** The runs of one experiment, newest first. */
export function RunsPage() {
  const { experimentId } = route.useParams()
  const name = useExperimentName(experimentId)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { filter = '', last, from, to, columns: chosenText } = search
  const wanted = useMemo(
    () => bothFilters(filter, timeFilter({ last, from, to }, Date.now(), 'start_time')),
    [filter, last, from, to],
  )
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRuns(
    experimentId,
    wanted,
  )
  const runs = data?.pages.flatMap((page) => page.runs)
  const seen = useMemo(() => seenInRuns(data?.pages.flatMap((page) => page.runs) ?? []), [data])
  const columns = useMemo(() => runColumnsOf(data?.pages.flatMap((page) => page.runs) ?? []), [data])
  const chosen = useMemo(() => chosenText?.split(',') ?? null, [chosenText])
  const shown = columns.filter(({ id, isUsual }) => chosen?.includes(id) ?? isUsual)
  const show = (change: Partial<typeof search>) =>
    void navigate({ search: withoutEmpty({ ...search, ...change }) })
  const selection = useMemo(() => new SelectionStore(), [])
  const marked = useStore(selection)
  return (
    <Page
      title={`${name}, runs`}
      header={
        <>
          <ExperimentHeading experimentId={experimentId} name={name} />
          <span className="spacer" />
          {marked.size > 0 && (
            <Link
              to="/compare/runs"
              search={{ ids: [...marked].join(',') }}
              className="button primary"
              disabled={marked.size < 2}
            >
              {marked.size < 2 ? 'Mark another to compare' : `Compare ${marked.size} runs`}
            </Link>
          )}
        </>
      }
    >
      <ListToolbar language={runFilter} seen={seen} choice={search} failure={error} onChoose={show}>
        <span className="wide-only">
          <ColumnMenu
            columns={columns}
            chosen={chosen}
            onChoose={(ids) => show({ columns: ids?.join(',') })}
          />
        </span>
      </ListToolbar>
      {runs ? (
        <>
          {runs.length === 0 && wanted !== '' ? (
            <NothingMatches what="run" onClear={() => void navigate({ search: {} })} />
          ) : (
            <RunList runs={runs} columns={shown} marked={marked} onMark={(id) => selection.toggle(id)} />
          )}
          {hasNextPage && (
            <OlderRows label="Older runs" loading={isFetchingNextPage} onLoad={() => void fetchNextPage()} />
          )}
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
  runs,
  columns,
  marked,
  onMark,
}: {
  runs: Run[]
  columns: readonly RunColumn[]
  marked: ReadonlySet<string>
  onMark(id: string): void
}) {
  const navigate = useNavigate()
  if (runs.length === 0) {
    return (
      <EmptyPanel
        title="No runs yet"
        actions={
          <Link to="/talk" className="button primary">
            <Icon name="mic" />
            Talk to the bot
          </Link>
        }
      >
        Each conversation with the bot is a run, with its metrics turn by turn. Any MLflow client can log
        others.
      </EmptyPanel>
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
          <span />
          <span>Run</span>
          <span>Started</span>
          {columns.map((column) => (
            <RunHead key={column.id} column={column} columns={columns} />
          ))}
        </>
      }
      onOpen={({ info }) => void navigate({ to: '/runs/$runId', params: { runId: info.runId } })}
      onMark={({ info }) => onMark(info.runId)}
      row={(run, isCurrent) => (
        <RunRow
          run={run}
          columns={columns}
          isCurrent={isCurrent}
          isMarked={marked.has(run.info.runId)}
          onMark={() => onMark(run.info.runId)}
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
    <div className={`data-columns data-row ${isCurrent ? 'current' : ''} ${isMarked ? 'marked' : ''}`}>
      <span className="marker">
        {info.status === 'RUNNING' ? (
          <span className="dot live" />
        ) : info.status === 'FAILED' ? (
          <ErrorMark label="failed" />
        ) : null}
        <input type="checkbox" aria-label={`Compare ${info.runName}`} checked={isMarked} onChange={onMark} />
      </span>
      <Link to="/runs/$runId" params={{ runId: info.runId }}>
        <span className="ellipsis name">{info.runName}</span>
        <span className="dim when">{formatMoment(info.startTimeMs, Date.now())}</span>
        {columns.map((column) => (
          <span key={column.id} className={runCellClass(column, columns)}>
            <RunCell run={run} column={column} isFirst={runCellClass(column, columns) === 'num first'} />
          </span>
        ))}
      </Link>
    </div>
  )
}
