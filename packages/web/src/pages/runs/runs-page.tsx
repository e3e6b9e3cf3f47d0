import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Run } from '@voxtrace/model'
import { useMemo } from 'react'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { ErrorMark, Icon } from '../../components/icon.tsx'
import { DataList } from '../../components/list/data-list.tsx'
import { isRefusal, ListToolbar, withoutEmpty } from '../../components/list/list-toolbar.tsx'
import { NothingMatches } from '../../components/list/nothing-matches.tsx'
import { OlderRows } from '../../components/list/older-rows.tsx'
import { ExperimentHeading, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { ScoreStrip } from '../../components/score-strip.tsx'
import { runFilter } from '../../facade/filter-language.ts'
import { bothFilters } from '../../facade/filter-text.ts'
import { judges } from '../../facade/judges.ts'
import { metricOf, runRowMetrics } from '../../facade/run-view.ts'
import { seenInRuns } from '../../facade/seen-values.ts'
import { timeFilter } from '../../facade/time-range.ts'
import { formatDuration, formatMoment, formatMs } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { SelectionStore } from '../../store/selection.ts'
import { useRuns } from './use-runs.ts'
import './runs.css'

const route = getRouteApi('/experiments/$experimentId/runs')

/** The runs of one experiment, newest first. */
export function RunsPage() {
  const { experimentId } = route.useParams()
  const name = useExperimentName(experimentId)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { filter = '', last, from, to } = search
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
      <ListToolbar
        language={runFilter}
        seen={seen}
        choice={search}
        failure={error}
        onChoose={(change) => void navigate({ search: withoutEmpty({ ...search, ...change }) })}
      />
      {runs ? (
        <>
          {runs.length === 0 && wanted !== '' ? (
            <NothingMatches what="run" onClear={() => void navigate({ search: {} })} />
          ) : (
            <RunList runs={runs} marked={marked} onMark={(id) => selection.toggle(id)} />
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
  marked,
  onMark,
}: {
  runs: Run[]
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
      label="Runs"
      items={runs}
      keyOf={({ info }) => info.runId}
      head={
        <>
          <span />
          <span>Run</span>
          <span>Started</span>
          <span className="num minor">Duration</span>
          {runRowMetrics.map(({ key, label }, index) => (
            <span key={key} className={index === 0 ? 'num' : 'num minor'}>
              {label}
            </span>
          ))}
          <span className="judges">
            {judges.map(({ name, short, label }) => (
              <span key={name} title={label}>
                {short}
              </span>
            ))}
          </span>
        </>
      }
      onOpen={({ info }) => void navigate({ to: '/runs/$runId', params: { runId: info.runId } })}
      onMark={({ info }) => onMark(info.runId)}
      row={(run, isCurrent) => (
        <RunRow
          run={run}
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
  isCurrent: boolean
  isMarked: boolean
  onMark(): void
}

function RunRow({ run, isCurrent, isMarked, onMark }: RunRowProps) {
  const { info } = run
  const scores = judges.map((judge) => {
    const score = metricOf(run, judge.name)
    return {
      ...judge,
      state: score === null ? ('pending' as const) : ('scored' as const),
      mean: score,
      lowest: score,
    }
  })
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
        <span className="num minor">
          {info.endTimeMs === null ? '' : formatDuration(info.endTimeMs - info.startTimeMs)}
        </span>
        {runRowMetrics.map(({ key, label }, index) => {
          const value = metricOf(run, key)
          return (
            <span key={key} className={index === 0 ? 'num first' : 'num minor'}>
              <span className="visually-hidden">{label} </span>
              {value === null ? <span className="faint">–</span> : formatMs(value)}
              {index === 0 && value !== null && (
                <span className="faint narrow-only"> ms, voice to voice</span>
              )}
            </span>
          )
        })}
        <span className="scores">
          <ScoreStrip scores={scores} />
        </span>
      </Link>
    </div>
  )
}
