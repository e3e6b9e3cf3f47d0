import { type KeyboardEvent, type PointerEvent, useId } from 'react'
import { axisTop } from '../facade/dashboard-view.ts'
import { formatCount, formatMs } from '../format/time.ts'
import './time-chart.css'

interface ChartBars {
  kind: 'bars'
  label: string
  /** The `data-span` whose colour the bars take, or null for ink. */
  span: string | null
  tone?: 'strong' | 'weak' | 'alert'
  values: (number | null)[]
}

export interface ChartLine {
  kind: 'line'
  label: string
  span: string | null
  stroke: 'solid' | 'thin' | 'dotted'
  values: (number | null)[]
}

interface TimeChartProps {
  label: string
  /** The beginnings of the steps, in milliseconds since the epoch. */
  starts: readonly number[]
  stepMs: number
  /** Stacked in this order. */
  bars?: readonly ChartBars[]
  lines?: readonly ChartLine[]
  height: number
  /** The top of the axis; a round number above the data unless given. */
  top?: number
  bottom?: number
  /** Whether only whole numbers make sense, as of what is counted. */
  whole?: boolean
  /** The step that is read, on every chart of the page. */
  at: number | null
  onAt(index: number | null): void
  /** Opens the traces of a step. */
  onOpen(index: number): void
}

const width = 1000

/** Bars and lines over steps of time, on one axis with every other chart of the page. */
export function TimeChart(props: TimeChartProps) {
  const { label, starts, stepMs, bars = [], lines = [], height, bottom = 0, whole, at, onAt, onOpen } = props
  const id = useId()
  const top = props.top ?? axisTop(highestOf(bars, lines, starts.length))
  const y = (value: number) => height - ((value - bottom) / (top - bottom)) * height
  const stepWidth = width / Math.max(1, starts.length)
  const indexAt = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const share = (event.clientX - box.left) / Math.max(1, box.width)
    return Math.max(0, Math.min(starts.length - 1, Math.floor(share * starts.length)))
  }
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (by !== undefined) {
      event.preventDefault()
      onAt(Math.max(0, Math.min(starts.length - 1, (at ?? (by > 0 ? -1 : starts.length)) + by)))
    } else if (event.key === 'Enter' && at !== null) {
      event.preventDefault()
      onOpen(at)
    }
  }
  const grid = [0.25, 0.5, 0.75, 1].map((share) => bottom + share * (top - bottom))
  return (
    <div className="time-chart" style={{ height: height + 18 }}>
      <div className="y-axis" style={{ height }} aria-hidden="true">
        {[grid[1], grid[3]].map((value) =>
          value === undefined || (whole && !Number.isInteger(value)) ? null : (
            <span key={value} style={{ top: y(value) }}>
              {tick(value)}
            </span>
          ),
        )}
      </div>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        height={height}
        role="application"
        aria-roledescription="chart"
        aria-label={label}
        aria-describedby={id}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows read the steps, Enter opens their traces
        tabIndex={0}
        onPointerMove={(event) => onAt(indexAt(event))}
        onPointerLeave={() => onAt(null)}
        onClick={() => at !== null && onOpen(at)}
        onKeyDown={press}
        onBlur={() => onAt(null)}
      >
        {grid.map((value) => (
          <line key={value} className="grid" x1={0} x2={width} y1={y(value)} y2={y(value)} />
        ))}
        {at !== null && <rect className="read" x={at * stepWidth} width={stepWidth} y={0} height={height} />}
        {starts.map((start, index) => {
          let base = bottom
          return bars.map(({ label: name, span, tone, values }) => {
            const value = values[index]
            if (value == null || value <= 0) return null
            const from = y(base)
            base += value
            const to = Math.max(0, y(Math.min(base, top)))
            return (
              <rect
                key={`${start} ${name}`}
                className={`bar ${tone ?? ''} ${span ? 'hatchable' : ''}`}
                data-span={span ?? undefined}
                x={index * stepWidth + stepWidth * 0.08}
                width={stepWidth * 0.84}
                y={to}
                height={Math.max(0, from - to)}
              />
            )
          })
        })}
        {lines.map(({ label: name, span, stroke, values }) => (
          <path
            key={name}
            className={`line ${stroke}`}
            data-span={span ?? undefined}
            d={pathOf(values, stepWidth, y)}
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
      <div className="x-axis" id={id}>
        {[0, Math.floor(starts.length / 2), starts.length - 1].map((index) => (
          <span key={index}>{axisMoment(starts[index] ?? 0, stepMs)}</span>
        ))}
      </div>
    </div>
  )
}

function highestOf(bars: readonly ChartBars[], lines: readonly ChartLine[], steps: number): number {
  let highest = 0
  for (let index = 0; index < steps; index++) {
    highest = Math.max(
      highest,
      bars.reduce((sum, { values }) => sum + (values[index] ?? 0), 0),
      ...lines.map(({ values }) => values[index] ?? 0),
    )
  }
  return highest
}

/** A line with a gap where nothing was; a lone value is a short stroke. */
function pathOf(values: readonly (number | null)[], stepWidth: number, y: (value: number) => number): string {
  let path = ''
  let isDown = false
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isDown = false
      continue
    }
    const x = (index + 0.5) * stepWidth
    const isLone = !isDown && values[index + 1] == null
    path += `${isDown ? 'L' : 'M'}${x.toFixed(1)} ${y(value).toFixed(1)}`
    if (isLone) path += `h${(stepWidth * 0.3).toFixed(1)}`
    isDown = true
  }
  return path
}

function tick(value: number): string {
  if (value >= 1_000_000) return `${formatMs(value / 1_000_000)} M`
  if (value >= 10_000) return `${formatCount(value / 1000)} k`
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(2)))
}

/** A step's beginning, as fine as the steps are. */
export function moment(startMs: number, stepMs: number): string {
  if (stepMs >= 86_400_000) return dayOf(startMs)
  return stepMs > 3_600_000 ? `${dayOf(startMs)}, ${hourOf(startMs)}` : hourOf(startMs)
}

/** The same as short as an axis needs it. */
function axisMoment(startMs: number, stepMs: number): string {
  return stepMs > 3_600_000 ? dayOf(startMs) : hourOf(startMs)
}

function dayOf(ms: number): string {
  return new Date(ms).toLocaleDateString('en-US', { month: 'short', day: 'numeric' })
}

function hourOf(ms: number): string {
  return `${String(new Date(ms).getHours()).padStart(2, '0')}:00`
}
