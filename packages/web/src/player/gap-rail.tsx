import { memo, useCallback, useMemo, useRef } from 'react'
import { Painting, type Surface } from '../components/painting.tsx'
import { useSize } from '../components/use-size.ts'
import { timeIn } from '../facade/band-room.ts'
import { latencyPartColours } from '../facade/latency.ts'
import type { PlacedGap } from '../facade/speech.ts'
import { positionOf, type TimeWindow } from '../facade/time-axis.ts'
import type { TurnView } from '../facade/turn-view.ts'
import { formatMs } from '../format/time.ts'
import { leastElementPx, Placed } from './placed.tsx'

interface GapRailProps {
  gaps: readonly PlacedGap[]
  window: TimeWindow
  onSelect(spanId: string): void
}

interface ShownGap {
  gap: PlacedGap
  /** As much of its time as there is room for. */
  time: string
  isNarrow: boolean
}

/** A press this near a painted wait, in pixels, is on it. */
const pressPx = 6

/** Each wait in its place. Where there is no room for its parts or its time it is painted. */
export const GapRail = memo(function GapRail({ gaps, window, onSelect }: GapRailProps) {
  const axis = useRef<HTMLSpanElement>(null)
  const { width } = useSize(axis)
  const shown = useMemo(() => shownGaps(gaps, window, width), [gaps, window, width])
  const narrow = useMemo(() => shown.filter(({ isNarrow }) => isNarrow).map(({ gap }) => gap), [shown])
  const paint = useCallback((surface: Surface) => paintGaps(surface, narrow, window), [narrow, window])
  const selectAt = (at: number) => {
    const distance = ({ fromMs }: PlacedGap) => Math.abs(positionOf(fromMs, window) - at) * width
    const [first] = narrow
    if (!first) return
    const nearest = narrow.reduce((best, gap) => (distance(gap) < distance(best) ? gap : best), first)
    if (distance(nearest) <= pressPx) onSelect(nearest.turn.spanId)
  }
  return (
    <div className="gap-rail">
      <span className="gutter">Voice to voice</span>
      <span className="axis" ref={axis}>
        {narrow.length > 0 && <Painting className="narrow-stretches" paint={paint} onPress={selectAt} />}
        {shown.map(({ gap: { turn, fromMs, toMs }, time, isNarrow }) =>
          isNarrow ? null : (
            <Placed key={turn.spanId} className="placed-gap" fromMs={fromMs} toMs={toMs} window={window}>
              <GapButton turn={turn} time={time} onSelect={onSelect} />
            </Placed>
          ),
        )}
      </span>
    </div>
  )
})

function shownGaps(gaps: readonly PlacedGap[], window: TimeWindow, axisPx: number): ShownGap[] {
  const shown: ShownGap[] = []
  for (const [index, gap] of gaps.entries()) {
    if (gap.toMs <= window.fromMs || gap.fromMs >= window.toMs) continue
    const endAt = positionOf(gap.toMs, window)
    const nextAt = Math.min(1, positionOf(gaps[index + 1]?.fromMs ?? window.toMs, window))
    const time = timeIn((nextAt - endAt) * axisPx, gap.turn.gap?.totalMs ?? 0)
    const widthPx = (endAt - positionOf(gap.fromMs, window)) * axisPx
    shown.push({ gap, time, isNarrow: time === '' && widthPx < leastElementPx })
  }
  return shown
}

interface GapButtonProps {
  turn: TurnView
  time: string
  onSelect(spanId: string): void
}

/** A wait and its parts, which stay as they are while the axis grows. */
const GapButton = memo(function GapButton({ turn: { spanId, number, gap }, time, onSelect }: GapButtonProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className={gap?.slow ? 'slow' : undefined}
      aria-label={`Turn ${number}: voice to voice ${formatMs(gap?.totalMs ?? 0)} ms`}
      onClick={() => onSelect(spanId)}
    >
      <span className="gap-bar">
        {gap?.parts.map(({ part, ms, label }) =>
          ms > 0 ? (
            <span
              key={part}
              data-span={part}
              className="hatch"
              title={`${label} ${formatMs(ms)} ms`}
              style={{ flex: `${ms} 0 0` }}
            />
          ) : null,
        )}
        {gap && gap.unexplainedMs > 0.5 && (
          <span className="unexplained" style={{ flex: `${gap.unexplainedMs} 0 0` }} />
        )}
      </span>
      <b>{time}</b>
    </button>
  )
})

/** Each in the colour of its longest part, as wide as the narrowest bar. */
function paintGaps(
  { context, width, height, colour }: Surface,
  gaps: readonly PlacedGap[],
  window: TimeWindow,
) {
  const colours = new Map<string, string>()
  for (const { turn, fromMs, toMs } of gaps) {
    const parts = turn.gap?.parts ?? []
    const longest = parts.reduce((most, part) => (most && most.ms >= part.ms ? most : part), parts[0])
    const name = longest ? latencyPartColours[longest.part] : '--span-other'
    const known = colours.get(name) ?? colour(name)
    colours.set(name, known)
    const left = positionOf(fromMs, window) * width
    context.fillStyle = known
    context.fillRect(left, (height - 12) / 2, Math.max(2, positionOf(toMs, window) * width - left), 12)
  }
}
