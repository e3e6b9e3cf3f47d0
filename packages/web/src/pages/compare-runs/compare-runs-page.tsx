import { useQueries } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Run } from '@voxtrace/model'
import { useState } from 'react'
import { runQuery } from '../../api/queries.ts'
import { Crumbs, Page } from '../../components/page.tsx'
import { EmptyPanel, FailurePanel, LoadingRows, ToExperiments } from '../../components/panel-states.tsx'
import { hasCourse } from '../../facade/metric-figures.ts'
import { formatMetric, metricGroups, metricOf } from '../../facade/run-view.ts'
import { byName } from '../../format/text.ts'
import { formatDateTime } from '../../format/time.ts'
import { SharedMetricChart } from './shared-metric-chart.tsx'
import './compare-runs.css'

const route = getRouteApi('/compare/runs')
/** More lines than these cannot be told apart on one chart. */
const mostRuns = 8

/** Several runs side by side: their metrics over steps, and where their parameters and tags differ. */
export function CompareRunsPage() {
  const { ids = '' } = route.useSearch()
  const runIds = ids.split(',').filter(Boolean).slice(0, mostRuns)
  const queries = useQueries({ queries: runIds.map((runId) => runQuery(runId)) })
  const failed = queries.find(({ error }) => error)
  const runs = queries.flatMap(({ data }) => (data ? [data] : []))
  return (
    <Page
      title="Compare runs"
      header={
        <Crumbs>
          <b>{runIds.length < 2 ? 'Compare runs' : `Compare ${runIds.length} runs`}</b>
        </Crumbs>
      }
    >
      {runIds.length < 2 ? (
        <EmptyPanel title="Nothing to compare" actions={<ToExperiments />}>
          Mark two or more runs in a list of runs, with X or their boxes, and press Compare.
        </EmptyPanel>
      ) : failed ? (
        <FailurePanel error={failed.error} onRetry={() => void failed.refetch()} />
      ) : runs.length < runIds.length ? (
        <LoadingRows />
      ) : (
        <Comparison runs={runs} />
      )}
    </Page>
  )
}

function Comparison({ runs }: { runs: Run[] }) {
  const [isAll, setAll] = useState(false)
  const columns: Record<string, number> = { '--runs': runs.length }
  const metrics = runs.flatMap((run) => metricGroups(run).flatMap((group) => group.metrics))
  const keys = [...new Set(metrics.map(({ key }) => key))]
  const drawn = [...new Set(metrics.filter(hasCourse).map(({ key }) => key))]
  return (
    <div className="compare-runs">
      <div className="runs-scroll">
        <table className="compare-table" style={columns}>
          <thead>
            <tr>
              <th>Run</th>
              {runs.map(({ info }, index) => (
                <th key={info.runId}>
                  <i data-line={index} />
                  <Link to="/runs/$runId" params={{ runId: info.runId }}>
                    {info.runName}
                  </Link>
                  <span className="faint">{formatDateTime(info.startTimeMs)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <Rows
            title="Parameters"
            isAll={isAll}
            rows={rowsOf(runs, ({ params }) => params)}
            onAll={() => setAll(!isAll)}
          />
          <Rows title="Tags" isAll={isAll} rows={rowsOf(runs, ({ tags }) => tags)} />
          <Rows
            title="Latest metrics"
            isAll
            rows={keys.map((key) => ({
              key,
              values: runs.map((run) => {
                const value = metricOf(run, key)
                return value === null ? null : formatMetric(key, value)
              }),
            }))}
          />
        </table>
      </div>
      {drawn.length > 0 && <h2>Metrics over steps</h2>}
      <div className="chart-grid">
        {drawn.map((key) => (
          <SharedMetricChart key={key} metricKey={key} runs={runs} />
        ))}
      </div>
    </div>
  )
}

interface ComparedRow {
  key: string
  values: (string | null)[]
}

function rowsOf(runs: Run[], of: (run: Run) => Record<string, string>): ComparedRow[] {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(of(run))))].sort(byName)
  return keys.map((key) => ({ key, values: runs.map((run) => of(run)[key] ?? null) }))
}

function Rows({
  title,
  rows,
  isAll,
  onAll,
}: {
  title: string
  rows: ComparedRow[]
  isAll: boolean
  onAll?: () => void
}) {
  const differs = ({ values }: ComparedRow) => new Set(values).size > 1
  const shown = isAll ? rows : rows.filter(differs)
  const same = rows.length - rows.filter(differs).length
  if (rows.length === 0) return null
  return (
    <tbody>
      <tr className="title">
        <th scope="rowgroup" colSpan={1 + (rows[0]?.values.length ?? 0)}>
          {title}
          {onAll && same > 0 && (
            <button type="button" className="button ghost" aria-pressed={isAll} onClick={onAll}>
              {isAll ? 'Only what differs' : `${same} alike`}
            </button>
          )}
        </th>
      </tr>
      {shown.map((row) => (
        <tr key={row.key} data-differs={differs(row)}>
          <th scope="row" className="mono">
            {row.key}
          </th>
          {row.values.map((value, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a column is a run
            <td key={index}>{value ?? <span className="faint">–</span>}</td>
          ))}
        </tr>
      ))}
      {shown.length === 0 && (
        <tr>
          <td colSpan={1 + (rows[0]?.values.length ?? 0)} className="faint">
            All alike.
          </td>
        </tr>
      )}
    </tbody>
  )
}
