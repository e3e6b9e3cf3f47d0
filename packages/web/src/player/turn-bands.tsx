import { Fragment, memo, type ReactNode, useCallback, useMemo, useRef } from 'react'
import { ErrorMark, InterruptedMark, SlowMark } from '../components/icon.tsx'
import { Painting, type Surface } from '../components/painting.tsx'
import { useSize } from '../components/use-size.ts'
import { roomIn } from '../facade/band-room.ts'
import type { TurnProblem } from '../facade/speech.ts'
import { positionOf, type TimeWindow } from '../facade/time-axis.ts'
import type { TurnView } from '../facade/turn-view.ts'
import { leastElementPx, Placed } from './placed.tsx'

interface TurnBandsProps {
  turns: readonly TurnView[]
  problems: ReadonlyMap<string, readonly TurnProblem[]>
  window: TimeWindow
  lengthMs: number
  currentTurnId: string | null
  onSelect(spanId: string): void
}

interface Band {
  turn: TurnView
  fromMs: number
  toMs: number
  problems: readonly TurnProblem[]
}

const problemMarks: Record<TurnProblem, ReactNode> = {
  slow: <SlowMark />,
  interrupted: <InterruptedMark />,
  error: <ErrorMark />,
  'low-score': <span className="tag alert">low score</span>,
  silence: <span className="tag alert">silence</span>,
}

const none: readonly TurnProblem[] = []

/** The turns on the axis. Those too narrow for anything to be written in them are painted, of a long call nearly all. */
export const TurnBands = memo(function TurnBands(props: TurnBandsProps) {
  const { turns, problems, window, lengthMs, currentTurnId, onSelect } = props
  const axis = useRef<HTMLSpanElement>(null)
  const { width } = useSize(axis)
  const bands = useMemo(() => {
    const all = turns.map((turn) => ({
      turn,
      fromMs: turn.startMs,
      toMs: turn.endMs ?? lengthMs,
      problems: problems.get(turn.spanId) ?? none,
    }))
    return all.filter(({ fromMs, toMs }) => toMs > window.fromMs && fromMs < window.toMs)
  }, [turns, problems, window, lengthMs])
  const narrow = useMemo(
    () => bands.filter((band) => roomOf(band, window, width) === 'edge'),
    [bands, window, width],
  )
  const paint = useCallback((surface: Surface) => paintBands(surface, narrow, window), [narrow, window])
  const selectAt = (at: number) => {
    const atMs = window.fromMs + at * (window.toMs - window.fromMs)
    const pressed = narrow.findLast(({ fromMs }) => fromMs <= atMs)
    if (pressed) onSelect(pressed.turn.spanId)
  }
  return (
    <div className="turn-bands">
      <span className="gutter">Turns</span>
      <span className="axis" ref={axis}>
        {narrow.length > 0 && <Painting className="narrow-stretches" paint={paint} onPress={selectAt} />}
        {bands.map((band) => {
          const isCurrent = band.turn.spanId === currentTurnId
          const room = roomOf(band, window, width)
          if (room === 'edge' && !isCurrent) return null
          const { turn, fromMs, toMs, problems } = band
          const label = labelOf(turn)
          return (
            <Placed
              key={turn.spanId}
              className={problems.length > 0 ? `turn-band ${room} marked` : `turn-band ${room}`}
              fromMs={fromMs}
              toMs={toMs}
              window={window}
            >
              <button
                type="button"
                tabIndex={-1}
                aria-label={nameOf(label, problems)}
                aria-current={isCurrent ? 'true' : undefined}
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
})

function labelOf({ number }: TurnView): string {
  return number === 0 ? 'Greeting' : `Turn ${number}`
}

/** The turn and its problems. Those written in its band come first, so that the name holds what is to be read there. */
function nameOf(label: string, problems: readonly TurnProblem[]): string {
  const isWritten = (problem: TurnProblem) => problem === 'low-score' || problem === 'silence'
  const written = problems.filter(isWritten).map((problem) => problem.replace('-', ' '))
  const drawn = problems.filter((problem) => !isWritten(problem))
  return [label, ...written, ...drawn].join(' ')
}

function roomOf({ turn, fromMs, toMs, problems }: Band, window: TimeWindow, axisPx: number) {
  const shown = Math.min(1, positionOf(toMs, window)) - Math.max(0, positionOf(fromMs, window))
  return roomIn(shown * axisPx, { label: labelOf(turn), number: turn.number, problems })
}

/** Those with problems last, so that none is hidden. */
function paintBands({ context, width, height, colour }: Surface, bands: readonly Band[], window: TimeWindow) {
  for (const isMarked of [false, true]) {
    const own = bands.filter(({ problems }) => problems.length > 0 === isMarked)
    const leftOf = ({ fromMs }: Band) => Math.round(positionOf(fromMs, window) * width)
    context.fillStyle = colour(isMarked ? '--alert-soft' : '--hover')
    for (const band of own) {
      const left = leftOf(band)
      context.fillRect(left, 2, Math.max(1, positionOf(band.toMs, window) * width - left), height - 4)
    }
    context.fillStyle = colour(isMarked ? '--alert' : '--line-strong')
    let edge = Number.NEGATIVE_INFINITY
    for (const band of own) {
      const left = leftOf(band)
      // Edges closer than that are no edges any more.
      if (!isMarked && left - edge < leastElementPx / 2) continue
      context.fillRect(left, 2, 1, height - 4)
      edge = left
    }
  }
}
