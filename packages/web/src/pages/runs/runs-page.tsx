import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Run } from '@voxtrace/model'
import { useState } from 'react'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { ErrorMark, Icon } from '../../components/icon.tsx'
import { CrumbSeparator, Crumbs, ExperimentTabs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { ScoreStrip } from '../../components/score-strip.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { judges } from '../../facade/judges.ts'
import { metricOf, runRowMetrics } from '../../facade/run-view.ts'
import { formatDuration, formatMoment, formatMs } from '../../format/time.ts'
import { useRuns } from './use-runs.ts'
import './runs.css'

const route = getRouteApi('/experiments/$experimentId/runs')

/** The runs of one experiment, newest first. */
export function RunsPage() {
  const { experimentId } = route.useParams()
  const name = useExperimentName(experimentId)
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRuns(experimentId)
  const runs = data?.pages.flatMap((page) => page.runs)
  return (
    <Page
      title={`${name}, runs`}
      header={
        <>
          <Crumbs>
            <Link to="/experiments" className="wide-only">
              Experiments
            </Link>
            <CrumbSeparator className="wide-only" />
            <b>{name}</b>
          </Crumbs>
          <ExperimentTabs experimentId={experimentId} />
        </>
      }
    >
      {runs ? (
        <>
          <RunList runs={runs} />
          {hasNextPage && (
            <div className="more-rows">
              <button
                type="button"
                className="button"
                disabled={isFetchingNextPage}
                onClick={() => void fetchNextPage()}
              >
                {isFetchingNextPage ? 'Loading…' : 'Older runs'}
              </button>
            </div>
          )}
        </>
      ) : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

function RunList({ runs }: { runs: Run[] }) {
  const navigate = useNavigate()
  const [current, setCurrent] = useState(-1)
  const move = (by: number) => setCurrent((at) => Math.max(0, Math.min(runs.length - 1, at + by)))
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    enter: () => {
      const run = runs[current]
      if (run) void navigate({ to: '/runs/$runId', params: { runId: run.info.runId } })
    },
    escape: () => setCurrent(-1),
  })
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
    <>
      <div className="run-columns head" aria-hidden="true">
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
      </div>
      <ul aria-label="Runs">
        {runs.map((run, index) => (
          <li key={run.info.runId}>
            <RunRow run={run} isCurrent={index === current} />
          </li>
        ))}
      </ul>
    </>
  )
}

function RunRow({ run, isCurrent }: { run: Run; isCurrent: boolean }) {
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
    <Link
      to="/runs/$runId"
      params={{ runId: info.runId }}
      className={`run-columns run-row ${isCurrent ? 'current' : ''}`}
    >
      <span className="marker">
        {info.status === 'RUNNING' ? (
          <span className="dot live" />
        ) : info.status === 'FAILED' ? (
          <ErrorMark label="failed" />
        ) : null}
      </span>
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
            {index === 0 && value !== null && <span className="faint narrow-only"> ms, voice to voice</span>}
          </span>
        )
      })}
      <span className="scores">
        <ScoreStrip scores={scores} />
      </span>
    </Link>
  )
}
