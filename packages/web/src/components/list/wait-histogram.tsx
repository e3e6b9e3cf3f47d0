import { useQuery } from '@tanstack/react-query'
import { type PointerEvent, useRef, useState } from 'react'
import { dashboardQuery } from '../../api/dashboard.ts'
import { seriesOf } from '../../facade/dashboard-view.ts'
import { type Bin, binsOf, brushedFilter, brushOf, withBrush } from '../../facade/histogram.ts'
import { momentsOf, type TimeRange } from '../../facade/time-range.ts'
import { formatCount, formatMs } from '../../format/time.ts'
import './wait-histogram.css'

interface WaitHistogramProps {
  experimentId: string
  range: TimeRange
  filter: string
  onFilter(filter: string): void
}

const hourMs = 3_600_000
/** With no beginning chosen, figures go back this far. */
const longestMs = 400 * 24 * hourMs
const metrics = ['voice_to_voice_ms', 'trace_ms'] as const
const fields = { voice_to_voice_ms: 'turn.voice_to_voice_ms', trace_ms: 'execution_time_ms' }

/** How long callers waited (or traces took): drag over the bars to list those alone. */
export function WaitHistogram({ experimentId, range, filter, onFilter }: WaitHistogramProps) {
  const [openedMs] = useState(Date.now)
  const { fromMs, toMs } = momentsOf(range, openedMs)
  const until = toMs ?? Math.ceil((openedMs + 1) / hourMs) * hourMs
  const from = fromMs ?? until - longestMs
  const { data } = useQuery(
    dashboardQuery({
      experimentId,
      metrics,
      fromMs: from,
      toMs: until,
      stepMs: Math.max(hourMs, until - from),
    }),
  )
  if (!data) return <div className="wait-histogram" aria-hidden="true" />
  const metric = seriesOf(data, 'voice_to_voice_ms').total.count > 0 ? 'voice_to_voice_ms' : 'trace_ms'
  const { histogram, total } = seriesOf(data, metric)
  const bins = binsOf(histogram)
  if (bins.length < 2) return null
  const field = fields[metric]
  return (
    <div className="wait-histogram">
      <header>
        <b className="heading">{metric === 'trace_ms' ? 'Duration of traces' : 'Voice to voice of turns'}</b>
        <span>
          {formatCount(total.count)} in all, p50 {formatMs(total.p50 ?? 0)} ms, p90 {formatMs(total.p90 ?? 0)}{' '}
          ms
        </span>
      </header>
      <Bars
        bins={bins}
        brush={brushOf(filter, field)}
        onBrush={(brush) => onFilter(withBrush(filter, field, brush && brushedFilter(field, brush)))}
      />
    </div>
  )
}

function Bars({
  bins,
  brush,
  onBrush,
}: {
  bins: Bin[]
  brush: { from: number; to: number } | null
  onBrush(brush: { from: number; to: number } | null): void
}) {
  const element = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<{ start: number; end: number } | null>(null)
  const highest = Math.max(...bins.map(({ count }) => count))
  const indexAt = (event: PointerEvent) => {
    const box = element.current?.getBoundingClientRect()
    if (!box || box.width === 0) return 0
    const share = (event.clientX - box.left) / box.width
    return Math.max(0, Math.min(bins.length - 1, Math.floor(share * bins.length)))
  }
  const shown = drag ? rangeOf(bins, drag) : brush && { from: brush.from, to: brush.to }
  const shownCount = bins.reduce(
    (sum, bin) => sum + (shown !== null && isWithin(bin, shown) ? bin.count : 0),
    0,
  )
  const release = () => {
    if (!drag) return
    const chosen = rangeOf(bins, drag)
    setDrag(null)
    onBrush(chosen)
  }
  return (
    <>
      <div
        className="bins"
        ref={element}
        aria-hidden="true"
        onPointerDown={(event) => {
          element.current?.setPointerCapture(event.pointerId)
          const index = indexAt(event)
          setDrag({ start: index, end: index })
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, end: indexAt(event) })}
        onPointerUp={release}
        onDoubleClick={() => onBrush(null)}
      >
        {bins.map(({ from, to, count }) => (
          <span
            key={from}
            title={`${formatMs(from)} to ${formatMs(to)} ms: ${formatCount(count)}`}
            data-in={shown === null || isWithin({ from, to }, shown)}
          >
            <i style={{ height: `${(100 * count) / highest}%` }} />
          </span>
        ))}
      </div>
      <footer>
        <span>{formatMs(bins[0]?.from ?? 0)}</span>
        {shown ? (
          <span className="brushed">
            {formatMs(shown.from)} to {formatMs(shown.to)} ms, {formatCount(shownCount)} of them{' '}
            <button type="button" className="as-link" onClick={() => onBrush(null)}>
              All
            </button>
          </span>
        ) : (
          <span>drag to choose</span>
        )}
        <span>{formatMs(bins.at(-1)?.to ?? 0)} ms</span>
      </footer>
    </>
  )
}

/** Bounds are written as whole milliseconds, so that a bar may reach beyond them by less than one. */
function isWithin({ from, to }: { from: number; to: number }, range: { from: number; to: number }): boolean {
  return from >= range.from - 1 && to <= range.to + 1
}

function rangeOf(bins: Bin[], { start, end }: { start: number; end: number }) {
  const first = bins[Math.min(start, end)]
  const last = bins[Math.max(start, end)]
  return first && last ? { from: Math.floor(first.from), to: Math.ceil(last.to) } : null
}
