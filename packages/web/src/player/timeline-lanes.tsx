import { memo, useCallback, useMemo, useRef } from 'react'
import { Painting, type Surface } from '../components/painting.tsx'
import { useSize } from '../components/use-size.ts'
import type { Overlap, PlacedGap, Speech, TurnProblem } from '../facade/speech.ts'
import { positionOf, type TimeWindow } from '../facade/time-axis.ts'
import type { TurnView } from '../facade/turn-view.ts'
import { GapRail } from './gap-rail.tsx'
import { Placed, shownStretches } from './placed.tsx'
import type { Scrub } from './time-ruler.tsx'
import { TurnBands } from './turn-bands.tsx'
import type { Playback } from './use-playback.ts'
import { VoiceLane } from './voice-lane.tsx'
import './timeline-lanes.css'

interface TimelineLanesProps {
  turns: readonly TurnView[]
  /** Whether it has turns, or a place for those to come. */
  hasTurns: boolean
  problems: ReadonlyMap<string, readonly TurnProblem[]>
  speech: readonly Speech[]
  gaps: readonly PlacedGap[]
  overlaps: readonly Overlap[]
  playback: Playback
  window: TimeWindow
  lengthMs: number
  currentTurnId: string | null
  onSelect(spanId: string): void
  /** Pointer handlers that move the needle along a lane. */
  scrub: Scrub
}

/** The conversation on the axis: turns, the user's voice, each wait in its place, and the agent's voice. */
export function TimelineLanes(props: TimelineLanesProps) {
  const { turns, playback, speech, window, lengthMs, currentTurnId, onSelect, scrub } = props
  const voice = { playback, speech, window, scrub }
  return (
    <div className="timeline-lanes">
      {props.hasTurns && (
        <TurnBands {...{ turns, problems: props.problems, window, lengthMs, currentTurnId, onSelect }} />
      )}
      <VoiceLane voice="user" {...voice} />
      {props.hasTurns && <GapRail gaps={props.gaps} window={window} onSelect={onSelect} />}
      <VoiceLane voice="agent" {...voice} />
      <Overlaps overlaps={props.overlaps} window={window} />
    </div>
  )
}

/** Where both spoke, through all lanes. */
const Overlaps = memo(function Overlaps({
  overlaps,
  window,
}: {
  overlaps: readonly Overlap[]
  window: TimeWindow
}) {
  const place = useRef<HTMLSpanElement>(null)
  const { width } = useSize(place)
  const { wide, narrow } = useMemo(() => shownStretches(overlaps, window, width), [overlaps, window, width])
  const paint = useCallback(
    ({ context, width, height, colour }: Surface) => {
      context.fillStyle = colour('--alert')
      for (const { fromMs, toMs } of narrow) {
        const left = positionOf(fromMs, window) * width
        context.globalAlpha = 0.14
        context.fillRect(left, 0, positionOf(toMs, window) * width - left, height)
        context.globalAlpha = 1
        context.fillRect(left, 0, 1, height)
      }
    },
    [narrow, window],
  )
  return (
    <span className="lane-overlaps" aria-hidden="true" ref={place}>
      {narrow.length > 0 && <Painting className="narrow-stretches" paint={paint} />}
      {wide.map(({ fromMs, toMs }) => (
        <Placed key={fromMs} className="overlap" fromMs={fromMs} toMs={toMs} window={window} />
      ))}
    </span>
  )
})
