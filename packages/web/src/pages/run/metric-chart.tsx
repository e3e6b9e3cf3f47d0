import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { getMetricHistory } from '../../api/runs.ts'
import { useInView } from '../../components/use-in-view.ts'
import { formatMetric, type MetricSeries, seriesOf, stepWord } from '../../facade/run-view.ts'
import { counted } from '../../format/time.ts'
import { useStore } from '../../store/observable.ts'
import { themeStore } from '../../store/theme.ts'

const height = 120

interface MetricChartProps {
  runId: string
  metricKey: string
  latest: number
}

/** One metric over the turns of a run, read once it comes into view. The value under the pointer stands in the header, never on the line. */
export function MetricChart({ runId, metricKey, latest }: MetricChartProps) {
  const figure = useRef<HTMLElement>(null)
  const isSeen = useInView(figure)
  const { data, error } = useQuery({
    queryKey: ['metric', runId, metricKey],
    queryFn: async ({ signal }) => seriesOf(await getMetricHistory(runId, metricKey, signal)),
    enabled: isSeen,
  })
  const readout = useRef<HTMLElement>(null)
  const resting = formatMetric(metricKey, latest)
  return (
    <figure className="metric-chart" ref={figure}>
      <header>
        <span className="mono dim ellipsis" title={metricKey}>
          {metricKey}
        </span>
        <b ref={readout}>{resting}</b>
      </header>
      <div className="plot">
        {error ? (
          <span className="note">The history did not load.</span>
        ) : data?.steps.length === 1 ? (
          <span className="note">
            One value, of {stepWord(metricKey)} {data.steps[0]}
          </span>
        ) : data && data.steps.length > 0 ? (
          <Plot
            series={data}
            metricKey={metricKey}
            onHover={(text) => {
              if (readout.current) readout.current.textContent = text ?? resting
            }}
          />
        ) : null}
      </div>
    </figure>
  )
}

function Plot({
  series,
  metricKey,
  onHover,
}: {
  series: MetricSeries
  metricKey: string
  onHover(text: string | null): void
}) {
  const element = useRef<HTMLDivElement>(null)
  const theme = useStore(themeStore)
  const hover = useRef(onHover)
  hover.current = onHover
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours follow the theme
  useEffect(() => {
    const target = element.current
    if (!target) return
    const plot = new UPlot(
      optionsOf(target, metricKey, (text) => hover.current(text)),
      [series.steps, series.values],
      target,
    )
    const observer = new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height }))
    observer.observe(target)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [series, metricKey, theme])
  return (
    <div
      ref={element}
      role="img"
      aria-label={`${metricKey} over ${counted(series.steps.length, stepWord(metricKey))}`}
    />
  )
}

function optionsOf(
  element: HTMLElement,
  metricKey: string,
  onHover: (text: string | null) => void,
): UPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name)
  const axis = {
    stroke: colour('--text-3'),
    font: '10.5px "Vox Sans", sans-serif',
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: {
      x: { time: false },
      y: metricKey.startsWith('judge.')
        ? { range: [0.8, 5.2] }
        : { range: (_, low, high) => [Math.min(0, low), high * 1.08 || 1] },
    },
    axes: [
      { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], size: 22 },
      { ...axis, size: 44, splits: metricKey.startsWith('judge.') ? () => [1, 3, 5] : undefined, space: 28 },
    ].map((each) => Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined))),
    series: [{}, { stroke: strokeOf(metricKey, colour), width: 1.5, points: { show: true, size: 4 } }],
    hooks: {
      setCursor: [
        (plot) => {
          const index = plot.cursor.idx
          const step = index == null ? undefined : plot.data[0][index]
          const value = index == null ? undefined : plot.data[1]?.[index]
          onHover(
            step === undefined || value == null ? null : `turn ${step}: ${formatMetric(metricKey, value)}`,
          )
        },
      ],
    },
  }
}

function strokeOf(metricKey: string, colour: (name: string) => string): string {
  const span = { 'stt.': '--span-stt', 'rag.': '--span-rag', 'llm.': '--span-llm', 'tts.': '--span-tts' }
  const found = Object.entries(span).find(([prefix]) => metricKey.startsWith(prefix))
  return colour(found?.[1] ?? '--text')
}
