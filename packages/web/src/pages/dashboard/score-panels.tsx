import { useQuery } from '@tanstack/react-query'
import { type DashboardQuery, dashboardQuery } from '../../api/dashboard.ts'
import { TimeChart } from '../../components/time-chart.tsx'
import { groupsOf, scoreSpread, seriesOf } from '../../facade/dashboard-view.ts'
import { scoredAt, scoredBy } from '../../facade/drill-filters.ts'
import { allJudges, conversationJudges } from '../../facade/judges.ts'
import { formatCount } from '../../format/time.ts'
import type { DashboardView } from './dashboard-page.tsx'
import { Figure, Panel } from './figure.tsx'

interface ScorePanelsProps {
  view: DashboardView
  experimentId: string
  earlier: Pick<DashboardQuery, 'fromMs' | 'toMs' | 'stepMs'>
}

/** The mean of each judge's scores over time, and how the scores spread. */
export function ScorePanels({ view, experimentId, earlier }: ScorePanelsProps) {
  const { fromMs, toMs, stepMs } = view.now
  const query = { experimentId, metrics: ['score'] as const, groupBy: 'name' }
  const { data: now } = useQuery(dashboardQuery({ ...query, fromMs, toMs, stepMs }))
  const { data: before } = useQuery(dashboardQuery({ ...query, ...earlier }))
  if (!now) return null
  const named = groupsOf(now, 'score')
  const known = allJudges.filter(({ name }) => named.includes(name))
  return known.map(({ name, label }) => {
    const series = seriesOf(now, 'score', name)
    const read = view.at === null ? series.total : series.steps[view.at]
    const spread = scoreSpread(series.histogram)
    const most = Math.max(1, ...spread)
    return (
      <Panel
        key={name}
        className="score"
        title={label}
        {...(conversationJudges.some((judge) => judge.name === name) && { legend: 'whole conversations' })}
        figures={
          <Figure
            value={read?.mean == null ? '–' : read.mean.toFixed(2)}
            unit="mean"
            now={series.total.mean}
            before={before && seriesOf(before, 'score', name).total.mean}
            worse="lower"
          />
        }
      >
        <TimeChart
          label={`Mean of ${label}`}
          starts={view.starts}
          stepMs={stepMs}
          height={72}
          bottom={1}
          top={5}
          lines={[
            {
              kind: 'line',
              label: 'mean',
              span: null,
              stroke: 'solid',
              values: series.steps.map((step) => step?.mean ?? null),
            },
          ]}
          at={view.at}
          onAt={view.onAt}
          onOpen={(index) => view.onOpen(index, scoredBy(name))}
        />
        <ol className="spread" aria-label={`How the scores of ${label} spread`}>
          {spread.map((count, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a score is its number
            <li key={index} data-low={index < 2}>
              <button
                type="button"
                title={`${formatCount(count)} scored ${index + 1}: see them`}
                onClick={() => view.onOpen(null, scoredAt(name, index + 1))}
              >
                <span className="visually-hidden">{formatCount(count)} scored </span>
                <i style={{ height: `${(100 * count) / most}%` }} />
                {index + 1}
              </button>
            </li>
          ))}
        </ol>
      </Panel>
    )
  })
}
