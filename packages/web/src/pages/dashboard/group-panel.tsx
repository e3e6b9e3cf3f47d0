import { useQuery } from '@tanstack/react-query'
import { dashboardQuery } from '../../api/dashboard.ts'
import { listTraces } from '../../api/traces.ts'
import { groupsOf, percentOf, seriesOf } from '../../facade/dashboard-view.ts'
import { inGroup } from '../../facade/drill-filters.ts'
import { formatCount, formatDollars, formatMs } from '../../format/time.ts'
import type { DashboardView } from './dashboard-page.tsx'
import { Panel } from './figure.tsx'

interface GroupPanelProps {
  view: DashboardView
  experimentId: string
  /** `model` or `tag:KEY`. */
  by: string
  onBy(by: string): void
}

const metrics = [
  'traces',
  'failed_traces',
  'turns',
  'interrupted_turns',
  'voice_to_voice_ms',
  'total_tokens',
  'total_cost',
  'score',
] as const

/** The same figures model by model, or by the values of any tag. */
export function GroupPanel({ view, experimentId, by, onBy }: GroupPanelProps) {
  const { fromMs, toMs, stepMs } = view.now
  const { data, error } = useQuery(
    dashboardQuery({ experimentId, metrics, fromMs, toMs, stepMs, groupBy: by }),
  )
  const keys = useTagKeys(experimentId)
  const choices = ['model', ...keys.map((key) => `tag:${key}`)]
  if (!choices.includes(by)) choices.push(by)
  const groups = data ? groupsOf(data, 'traces') : []
  return (
    <Panel
      className="groups"
      title="Side by side"
      legend={
        <label>
          by{' '}
          <select className="button" value={by} onChange={(event) => onBy(event.target.value)}>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {choice === 'model' ? 'model' : choice.replace('tag:', 'tag ')}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {error ? (
        <p className="faint">{error.message}</p>
      ) : groups.length === 0 ? (
        <p className="faint">
          {data ? `No trace of this stretch names a ${by.replace('tag:', 'tag ')}.` : ' '}
        </p>
      ) : (
        <div className="group-scroll">
          <table className="part-table">
            <thead>
              <tr>
                <th>{by === 'model' ? 'Model' : by.replace('tag:', '')}</th>
                <th>traces</th>
                <th>turns</th>
                <th>voice to voice p50</th>
                <th>p90</th>
                <th>p99</th>
                <th>interrupted</th>
                <th>failed</th>
                <th>tokens</th>
                <th>cost</th>
                <th>mean score</th>
              </tr>
            </thead>
            <tbody>
              {data &&
                groups.map((group) => {
                  const of = (metric: (typeof metrics)[number]) => seriesOf(data, metric, group).total
                  const voice = of('voice_to_voice_ms')
                  return (
                    <tr key={group}>
                      <th scope="row">
                        <button
                          type="button"
                          className="as-link"
                          onClick={() => view.onOpen(null, inGroup(by, group))}
                        >
                          {group}
                        </button>
                      </th>
                      <td>{formatCount(of('traces').count)}</td>
                      <td>{formatCount(of('turns').count)}</td>
                      {[voice.p50, voice.p90, voice.p99].map((value, index) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: columns stand still
                        <td key={index}>{value === null ? '–' : formatMs(value)}</td>
                      ))}
                      <td>{share(of('interrupted_turns').count, of('turns').count)}</td>
                      <td>{share(of('failed_traces').count, of('traces').count)}</td>
                      <td>{formatCount(of('total_tokens').sum)}</td>
                      <td>{of('total_cost').count === 0 ? '–' : formatDollars(of('total_cost').sum)}</td>
                      <td>{of('score').mean?.toFixed(2) ?? '–'}</td>
                    </tr>
                  )
                })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function share(part: number, whole: number): string {
  const percent = percentOf(part, whole)
  return percent === null ? '–' : `${percent.toFixed(percent < 10 ? 1 : 0)} %`
}

/** The tags that people set on the newest traces. */
function useTagKeys(experimentId: string): string[] {
  const { data } = useQuery({
    queryKey: ['tag-keys', experimentId],
    queryFn: async ({ signal }) => {
      const { traces } = await listTraces({ experimentId, filter: '', maxResults: 200 }, signal)
      const keys = new Set(traces.flatMap(({ info }) => Object.keys(info.tags)))
      return [...keys].filter((key) => !key.startsWith('mlflow.')).sort()
    },
    staleTime: 60_000,
  })
  return data ?? []
}
