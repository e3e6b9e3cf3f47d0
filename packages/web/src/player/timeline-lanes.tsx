import { Fragment, memo, type ReactNode, useMemo, useRef } from 'react'
import { ErrorMark, InterruptedMark, SlowMark } from '../components/icon.tsx'
import { useWidth } from '../components/use-width.ts'
import { roomIn, timeIn } from '../facade/band-room.ts'
import type { SpanTree } from '../facade/span-tree.ts'
import { type Overlap, type PlacedGap, problemsOf, type Speech, type TurnProblem } from '../facade/speech.ts'
import { positionOf, type TimeWindow } from '../facade/time-axis.ts'
import type { TurnView } from '../facade/turn-view.ts'
import { formatMs } from '../format/time.ts'
import type { Scrub } from './time-ruler.tsx'
import type { Playback } from './use-playback.ts'
import { VoiceLane } from './voice-lane.tsx'
import './timeline-lanes.css'

interface TimelineLanesProps {
  turns: readonly TurnView[]
  /** Whether it has turns, or a place for those to come. */
  hasTurns: boolean
  tree: SpanTree
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
  const { playback, speech, overlaps, window, scrub } = props
  return (
    <div className="timeline-lanes">
      {props.hasTurns && <TurnBands {...props} />}
      <VoiceLane voice="user" playback={playback} speech={speech} window={window} scrub={scrub} />
      {props.hasTurns && <GapRail {...props} />}
      <VoiceLane voice="agent" playback={playback} speech={speech} window={window} scrub={scrub} />
      <span className="lane-overlaps" aria-hidden="true">
        {overlaps.map(({ fromMs, toMs }) => (
          <Placed key={fromMs} className="overlap" fromMs={fromMs} toMs={toMs} window={window} />
        ))}
      </span>
    </div>
  )
}

const problemMarks: Record<TurnProblem, ReactNode> = {
  slow: <SlowMark />,
  interrupted: <InterruptedMark />,
  error: <ErrorMark />,
  'low-score': <span className="tag alert">low score</span>,
  silence: <span className="tag alert">silence</span>,
}

/** The turn and its problems. Those written in its band come first, so that the name holds what is to be read there. */
function nameOf(label: string, problems: readonly TurnProblem[]): string {
  const isWritten = (problem: TurnProblem) => problem === 'low-score' || problem === 'silence'
  const written = problems.filter(isWritten).map((problem) => problem.replace('-', ' '))
  const drawn = problems.filter((problem) => !isWritten(problem))
  return [label, ...written, ...drawn].join(' ')
}

function TurnBands({ turns, tree, speech, window, lengthMs, currentTurnId, onSelect }: TimelineLanesProps) {
  const axis = useRef<HTMLSpanElement>(null)
  const axisPx = useWidth(axis)
  const problemsByTurn = useMemo(
    () => new Map(turns.map((turn) => [turn.spanId, problemsOf(turn, tree.byId.get(turn.spanId), speech)])),
    [turns, tree, speech],
  )
  return (
    <div className="turn-bands">
      <span className="gutter">Turns</span>
      <span className="axis" ref={axis}>
        {turns.map((turn) => {
          const endMs = turn.endMs ?? lengthMs
          const shown = Math.min(1, positionOf(endMs, window)) - Math.max(0, positionOf(turn.startMs, window))
          const problems = problemsByTurn.get(turn.spanId) ?? []
          const label = turn.number === 0 ? 'Greeting' : `Turn ${turn.number}`
          const room = roomIn(shown * axisPx, { label, number: turn.number, problems })
          return (
            <Placed
              key={turn.spanId}
              className={problems.length > 0 ? `turn-band ${room} marked` : `turn-band ${room}`}
              fromMs={turn.startMs}
              toMs={endMs}
              window={window}
            >
              <button
                type="button"
                tabIndex={-1}
                aria-label={nameOf(label, problems)}
                aria-current={turn.spanId === currentTurnId ? 'true' : undefined}
                onClick={() => onSelect(turn.spanId)}
              >
                {(room === 'words' || room === 'dots') && <span>{label}</span>}
                {room === 'number' && <span>{turn.number}</span>}
                {room !== 'edge' &&
                  problems.map((problem) => (
                    <Fragment key={problem}>
                      {' '}
                      <span className="band-mark">{problemMarks[problem]}</span>
                    </Fragment>
                  ))}
              </button>
            </Placed>
          )
        })}
      </span>
    </div>
  )
}

function GapRail({ gaps, window, onSelect }: TimelineLanesProps) {
  const axis = useRef<HTMLSpanElement>(null)
  const axisPx = useWidth(axis)
  const roomAfter = (index: number) => {
    const end = positionOf(gaps[index]?.toMs ?? window.toMs, window)
    return Math.min(1, positionOf(gaps[index + 1]?.fromMs ?? window.toMs, window)) - end
  }
  return (
    <div className="gap-rail">
      <span className="gutter">Voice to voice</span>
      <span className="axis" ref={axis}>
        {gaps.map(({ turn, fromMs, toMs }, index) => (
          <Placed key={turn.spanId} className="placed-gap" fromMs={fromMs} toMs={toMs} window={window}>
            <GapButton
              turn={turn}
              time={timeIn(roomAfter(index) * axisPx, turn.gap?.totalMs ?? 0)}
              onSelect={onSelect}
            />
          </Placed>
        ))}
      </span>
    </div>
  )
}

interface GapButtonProps {
  turn: TurnView
  /** As much of its time as there is room for. */
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

/** Something between two moments of the axis; nothing where it lies outside of the window. */
function Placed({
  className,
  fromMs,
  toMs,
  window,
  children,
}: {
  className: string
  fromMs: number
  toMs: number
  window: TimeWindow
  children?: ReactNode
}) {
  const from = positionOf(fromMs, window)
  const to = positionOf(toMs, window)
  if (to <= 0 || from >= 1) return null
  const left = Math.max(0, from)
  return (
    <span
      className={className}
      style={{ left: `${100 * left}%`, width: `${100 * (Math.min(1, to) - left)}%` }}
    >
      {children}
    </span>
  )
}
