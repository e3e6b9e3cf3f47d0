import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Run } from '@voxtrace/model'
import { Fragment } from 'react'
import { runQuery, runTraceQuery } from '../../api/queries.ts'
import { renameRun } from '../../api/runs.ts'
import { useExperimentName } from '../../components/experiment-name.tsx'
import { RenameButton } from '../../components/list/rename-button.tsx'
import { CrumbSeparator, Crumbs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows } from '../../components/panel-states.tsx'
import { figuresOf, hasCourse } from '../../facade/metric-figures.ts'
import { metricGroups } from '../../facade/run-view.ts'
import { formatDateTime, formatDuration } from '../../format/time.ts'
import { FigureTable } from './figure-table.tsx'
import { MetricChart } from './metric-chart.tsx'
import { RunFiles } from './run-files.tsx'
import { useLiveRun } from './use-live-run.ts'
import './run.css'

const route = getRouteApi('/runs/$runId')

/** One run: its metrics over turns, its parameters and tags, and the trace of it. */
export function RunPage() {
  const { runId } = route.useParams()
  const { data: run, error, refetch } = useQuery(runQuery(runId))
  const client = useQueryClient()
  const experiment = useExperimentName(run?.info.experimentId)
  useLiveRun(runId, run?.info.experimentId)
  return (
    <Page
      title={run?.info.runName ?? 'Run'}
      className="page-slot"
      experimentId={run?.info.experimentId}
      header={
        <>
          <Crumbs>
            {run ? (
              <Link to="/experiments/$experimentId/runs" params={{ experimentId: run.info.experimentId }}>
                {experiment}
              </Link>
            ) : (
              <Link to="/experiments">Experiments</Link>
            )}
            <CrumbSeparator />
            <b>{run?.info.runName ?? runId.slice(0, 8)}</b>
          </Crumbs>
          <span className="spacer" />
          {run?.info.status === 'RUNNING' && (
            <span className="tag live">
              <span className="dot" />
              Running
            </span>
          )}
          {run && endsBadly.has(run.info.status) && <span className="tag alert">{endWord(run)}</span>}
          {run && <TraceLink run={run} />}
          {run?.info.lifecycleStage === 'active' && (
            <RenameButton
              subject="A run"
              current={run.info.runName}
              onRename={async (name) => {
                await renameRun(runId, name)
                await client.refetchQueries({ queryKey: runQuery(runId).queryKey })
              }}
            />
          )}
        </>
      }
    >
      {run ? (
        <LoadedRun run={run} />
      ) : error ? (
        <FailurePanel error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows />
      )}
    </Page>
  )
}

const endsBadly = new Set<Run['info']['status']>(['FAILED', 'KILLED'])

function endWord({ info }: Run): string {
  return info.status === 'FAILED' ? 'Failed' : 'Killed'
}

function TraceLink({ run }: { run: Run }) {
  const { data: traceId } = useQuery(runTraceQuery(run.info.experimentId, run.info.runId))
  return traceId ? (
    <Link to="/traces/$traceId" params={{ traceId }} className="button">
      Trace
    </Link>
  ) : null
}

function LoadedRun({ run }: { run: Run }) {
  const { info } = run
  const groups = metricGroups(run)
  return (
    <div className="run-page">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <div className="run-charts" tabIndex={0}>
        {groups.length === 0 && (
          <EmptyPanel title="No metrics yet">
            They appear here as they are logged, each over its steps.
          </EmptyPanel>
        )}
        {groups.map(({ title, metrics }) => (
          <Fragment key={title}>
            <h2>{title}</h2>
            <FigureTable title={title} figures={figuresOf(metrics)} />
            <div className="chart-grid">
              {metrics.filter(hasCourse).map(({ key, value }) => (
                <MetricChart key={key} runId={info.runId} metricKey={key} latest={value} />
              ))}
            </div>
          </Fragment>
        ))}
      </div>
      <aside className="run-side" aria-label="About the run">
        <Facts
          title="Run"
          entries={[
            ['Status', info.status.toLowerCase()],
            ['Started', formatDateTime(info.startTimeMs)],
            [
              'Duration',
              info.endTimeMs === null ? 'still running' : formatDuration(info.endTimeMs - info.startTimeMs),
            ],
            ...(info.userId ? [['User', info.userId] satisfies [string, string]] : []),
            ['Id', info.runId],
          ]}
        />
        <Facts title="Parameters" entries={Object.entries(run.params)} />
        <Facts title="Tags" entries={Object.entries(run.tags)} />
        <RunFiles runId={info.runId} />
      </aside>
    </div>
  )
}

function Facts({ title, entries }: { title: string; entries: [string, string][] }) {
  if (entries.length === 0) return null
  return (
    <section>
      <h2 className="heading">{title}</h2>
      <dl className="facts">
        {entries.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  )
}
