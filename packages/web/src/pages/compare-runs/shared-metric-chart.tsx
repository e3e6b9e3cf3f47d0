import { useQueries } from '@tanstack/react-query'
import type { Run } from '@voxtrace/model'
import { getMetricHistory } from '../../api/runs.ts'
import { axisTop } from '../../facade/dashboard-view.ts'
import { formatMetric, type MetricSeries, seriesOf } from '../../facade/run-view.ts'

const width = 300
const height = 120

/** One metric of several runs over their steps, a line each. */
export function SharedMetricChart({ metricKey, runs }: { metricKey: string; runs: Run[] }) {
  const queries = useQueries({
    queries: runs.map(({ info }) => ({
      queryKey: ['metric', info.runId, metricKey],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        seriesOf(await getMetricHistory(info.runId, metricKey, signal)),
    })),
  })
  const lines = queries.map(({ data }) => data ?? { steps: [], values: [] })
  const steps = lines.flatMap((line) => line.steps)
  const values = lines.flatMap((line) => line.values).filter((value) => value !== null)
  const [first, last] = [Math.min(...steps), Math.max(...steps)]
  const isJudge = metricKey.startsWith('judge.')
  const low = isJudge ? 1 : Math.min(0, ...values)
  const top = isJudge ? 5 : axisTop(Math.max(0, ...values))
  const x = (step: number) => (last > first ? ((step - first) / (last - first)) * width : width / 2)
  const y = (value: number) => height - ((value - low) / (top - low || 1)) * height
  return (
    <figure className="shared-chart">
      <figcaption className="mono dim ellipsis" title={metricKey}>
        {metricKey}
      </figcaption>
      <div className="y-axis" aria-hidden="true">
        <span>{formatMetric(metricKey, top)}</span>
        <span>{formatMetric(metricKey, low)}</span>
      </div>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${metricKey} of ${runs.length} runs over their steps`}
      >
        <line className="grid" x1={0} x2={width} y1={height} y2={height} />
        <line className="grid" x1={0} x2={width} y1={height / 2} y2={height / 2} />
        {lines.map((line, index) => (
          <path
            key={runs[index]?.info.runId}
            data-line={index}
            d={pathOf(line, x, y)}
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
      {steps.length > 0 && (
        <footer>
          <span>step {first}</span>
          <span>{last}</span>
        </footer>
      )}
    </figure>
  )
}

/** A lone value is a short stroke. */
function pathOf(
  { steps, values }: MetricSeries,
  x: (step: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  for (const [index, value] of values.entries()) {
    const step = steps[index]
    if (value === null || step === undefined) continue
    path += `${path === '' ? 'M' : 'L'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`
  }
  return values.length === 1 ? `${path}h6` : path
}
