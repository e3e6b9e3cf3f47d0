import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type LatencyPart, latencyParts } from '@voxtrace/model'
import { listTraces } from '../../api/traces.ts'
import { GapBar } from '../../components/gap-bar.tsx'
import { type ChartLine, TimeChart } from '../../components/time-chart.tsx'
import { seriesOf } from '../../facade/dashboard-view.ts'
import { drillFilters } from '../../facade/drill-filters.ts'
import { latencyPartLabels } from '../../facade/latency.ts'
import { traceRowOf } from '../../facade/trace-row.ts'
import { ellipsized } from '../../format/text.ts'
import { formatMs } from '../../format/time.ts'
import type { DashboardView } from './dashboard-page.tsx'
import { Change, Figure, Panel } from './figure.tsx'

function metricOf(part: LatencyPart) {
  return `latency.${part}_ms` as const
}

/** How long callers waited, of what the wait was made, and the calls that waited longest. */
export function VoicePanel({ view, experimentId }: { view: DashboardView; experimentId: string }) {
  const { now, before, starts, at, onAt, onOpen } = view
  const voice = seriesOf(now, 'voice_to_voice_ms')
  const then = before && seriesOf(before, 'voice_to_voice_ms')
  if (voice.total.count === 0) return null
  const read = at === null ? voice.total : voice.steps[at]
  const line = (label: 'p50' | 'p90' | 'p99', stroke: ChartLine['stroke']): ChartLine => ({
    kind: 'line',
    label,
    span: null,
    stroke,
    values: voice.steps.map((step) => step?.[label] ?? null),
  })
  return (
    <>
      <Panel
        className="voice"
        title="Voice to voice"
        legend="bars: mean of each part; lines: p50, p90 thin, p99 dotted"
        figures={(['p50', 'p90', 'p99'] as const).map((name) => (
          <Figure
            key={name}
            value={read?.[name] == null ? '–' : formatMs(read[name])}
            unit={`ms ${name}`}
            now={voice.total[name]}
            before={then?.total[name]}
            worse="higher"
          />
        ))}
      >
        <TimeChart
          label="Voice to voice over time, in milliseconds"
          starts={starts}
          stepMs={now.stepMs}
          height={312}
          bars={latencyParts.map((part) => ({
            kind: 'bars',
            label: latencyPartLabels[part],
            span: part,
            values: seriesOf(now, metricOf(part)).steps.map((step) => step?.mean ?? null),
          }))}
          lines={[line('p50', 'solid'), line('p90', 'thin'), line('p99', 'dotted')]}
          at={at}
          onAt={onAt}
          onOpen={(index) => onOpen(index, drillFilters.voiceToVoice)}
        />
      </Panel>
      <Panel className="parts" title="Where the time goes" legend="parts of the wait, ms per turn">
        <table className="part-table">
          <thead>
            <tr>
              <th>Part</th>
              <th>{at === null ? 'mean' : 'this step'}</th>
              <th>p50</th>
              <th>p90</th>
              <th>change</th>
            </tr>
          </thead>
          <tbody>
            {latencyParts.map((part) => {
              const series = seriesOf(now, metricOf(part))
              const mean = at === null ? series.total.mean : (series.steps[at]?.mean ?? null)
              return (
                <tr key={part}>
                  <th scope="row">
                    <span className="swatch hatch" data-span={part} /> {latencyPartLabels[part]}
                  </th>
                  {[mean, series.total.p50, series.total.p90].map((value, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns stand still
                    <td key={index}>{value === null ? '–' : formatMs(value)}</td>
                  ))}
                  <td>
                    <Change
                      now={series.total.mean}
                      before={before && seriesOf(before, metricOf(part)).total.mean}
                      worse="higher"
                    />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
        <Slowest view={view} experimentId={experimentId} />
      </Panel>
    </>
  )
}

/** The calls with the slowest turns of the stretch. */
function Slowest({ view: { now }, experimentId }: { view: DashboardView; experimentId: string }) {
  const { data } = useQuery({
    queryKey: ['slowest', experimentId, now.fromMs, now.toMs],
    queryFn: ({ signal }) =>
      listTraces(
        {
          experimentId,
          filter: `${drillFilters.voiceToVoice} AND timestamp_ms >= ${now.fromMs} AND timestamp_ms < ${now.toMs}`,
          orderBy: 'turn.voice_to_voice_ms DESC',
          maxResults: 4,
        },
        signal,
      ),
    staleTime: 30_000,
  })
  const rows = data?.traces.map(traceRowOf) ?? []
  const fullMs = Math.max(1, ...rows.map(({ gap }) => gap?.totalMs ?? 0))
  return (
    <div className="slowest">
      <h3 className="heading">Slowest turns</h3>
      {rows.map((row) => (
        <Link key={row.traceId} to="/traces/$traceId" params={{ traceId: row.traceId }}>
          <span className="ellipsis" title={row.title}>
            {ellipsized(row.title, 60)}
          </span>
          {row.gap && <GapBar gap={row.gap} fullMs={fullMs} />}
          <span className="num">{row.gap && formatMs(row.gap.totalMs)}</span>
        </Link>
      ))}
    </div>
  )
}
