import { Link } from '@tanstack/react-router'
import { GapBar } from '../../components/gap-bar.tsx'
import { Icon, InterruptedMark, PersonMark, SlowMark } from '../../components/icon.tsx'
import { formatScore, isLowScore } from '../../facade/judges.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import { type ComparedFigure, comparedFigures, comparedWholes, turnPairsOf } from '../../facade/turn-pairs.ts'
import type { TurnView } from '../../facade/turn-view.ts'
import { formatCount, formatMs } from '../../format/time.ts'
import type { Player } from '../../player/player.ts'
import { type Playback, usePlayback } from '../../player/use-playback.ts'
import { useStore } from '../../store/observable.ts'
import '../trace/transcript.css'

/** Waits that differ by less than this share are called the same. */
const sameWithin = 0.1

interface Side {
  view: TraceView
  playback: Playback
}

/** The figures of two conversations, and their turns by number. */
export function PairedTurns({ left, right }: { left: TraceView; right: TraceView }) {
  const sides = { left: useSide(left), right: useSide(right) }
  const { turns: leftTurns } = left
  const { turns: rightTurns } = right
  const pairs = turnPairsOf(leftTurns, rightTurns)
  const fullMs = Math.max(2600, ...[...leftTurns, ...rightTurns].map(({ gap }) => gap?.totalMs ?? 0))
  const hear = (side: Side, other: Side, turn: TurnView) => {
    other.playback.player.pause()
    const { player } = side.playback
    if (
      player.getState().playing &&
      player.now() >= turn.startMs &&
      player.now() < (turn.endMs ?? player.endMs)
    )
      player.pause()
    else player.playStretch({ fromMs: turn.startMs, toMs: turn.endMs ?? player.endMs })
  }
  return (
    <>
      <Figures
        figures={[
          ...comparedFigures(leftTurns, rightTurns),
          ...comparedWholes(left.assessments, right.assessments),
        ]}
      />
      {pairs.map((pair) => (
        <section
          key={pair.number}
          className="compare-grid pair"
          aria-label={pair.number === 0 ? 'Greeting' : `Turn ${pair.number}`}
        >
          <span className="pair-number">
            <b>{pair.number === 0 ? 'Greeting' : pair.number}</b>
            <Change changeMs={pair.waitChangeMs} beforeMs={pair.left?.gap?.totalMs ?? null} />
          </span>
          <TurnSide
            turn={pair.left}
            side={sides.left}
            fullMs={fullMs}
            onHear={(turn) => hear(sides.left, sides.right, turn)}
          />
          <TurnSide
            turn={pair.right}
            side={sides.right}
            fullMs={fullMs}
            onHear={(turn) => hear(sides.right, sides.left, turn)}
          />
        </section>
      ))}
    </>
  )
}

function useSide(view: TraceView): Side {
  return { view, playback: usePlayback(view) }
}

function Change({ changeMs, beforeMs }: { changeMs: number | null; beforeMs: number | null }) {
  if (changeMs === null || beforeMs === null || beforeMs === 0) return null
  if (Math.abs(changeMs) < sameWithin * beforeMs) return <small className="faint">about the same</small>
  return (
    <small className={changeMs > 0 ? 'slower' : 'quicker'}>
      {changeMs > 0 ? '+' : '−'}
      {formatMs(Math.abs(changeMs))} ms
    </small>
  )
}

function Figures({ figures }: { figures: readonly ComparedFigure[] }) {
  const shown = figures.filter(({ left, right }) => left !== null || right !== null)
  return shown.map((figure) => (
    <div key={figure.label} className="compare-grid figure">
      <span className="faint">{figure.label}</span>
      <b>{figureText(figure, figure.left)}</b>
      <b className={isWorse(figure) ? 'worse' : undefined}>{figureText(figure, figure.right)}</b>
    </div>
  ))
}

function figureText({ unit }: ComparedFigure, value: number | null): string {
  if (value === null) return '–'
  if (unit === 'ms') return `${formatMs(value)} ms`
  return unit === 'score' ? value.toFixed(1) : formatCount(value)
}

function isWorse({ left, right, lessIsBetter }: ComparedFigure): boolean {
  if (left === null || right === null) return false
  const change = lessIsBetter ? right - left : left - right
  return change > sameWithin * Math.abs(left)
}

interface TurnSideProps {
  turn: TurnView | null
  side: Side
  fullMs: number
  onHear(turn: TurnView): void
}

function TurnSide({ turn, side, fullMs, onHear }: TurnSideProps) {
  if (!turn) return <div className="turn-side faint">no such turn</div>
  const { traceId } = side.view.info
  return (
    <div className="turn-side">
      <header>
        <Link
          to="/traces/$traceId"
          params={{ traceId }}
          search={{ span: turn.spanId, t: (turn.startMs / 1000).toFixed(2) }}
        >
          Open
        </Link>
        {side.playback.tracks.length > 0 && (
          <HearButton player={side.playback.player} turn={turn} onHear={onHear} />
        )}
        {turn.gap?.slow && <SlowMark />}
        {turn.turn.interrupted && <InterruptedMark />}
        <span className="spacer" />
        {turn.scores.map((score) => (
          <span
            key={score.id}
            className={isLowScore(score.score) ? 'side-score low' : 'side-score'}
            title={score.rationale ?? score.label}
          >
            {score.sourceType === 'HUMAN' && <PersonMark label={`by ${score.sourceId}`} />}
            {score.short} <b>{score.score === null ? '–' : formatScore(score.score)}</b>
          </span>
        ))}
      </header>
      {turn.userText && (
        <div className="said" data-span="user_speech">
          <i />
          <span>{turn.userText}</span>
        </div>
      )}
      {turn.gap && (
        <div className={turn.gap.slow ? 'turn-wait slow' : 'turn-wait'}>
          <span />
          <GapBar gap={turn.gap} fullMs={fullMs} threshold />
          <b>
            {formatMs(turn.gap.totalMs)}
            <small>ms</small>
          </b>
        </div>
      )}
      <div className="said" data-span="agent_speech">
        <i />
        <span>
          {turn.agentText ?? <span className="silent">No answer was heard</span>}{' '}
          {turn.unheardText && <span className="unheard">{turn.unheardText}</span>}
        </span>
      </div>
    </div>
  )
}

function HearButton({
  player,
  turn,
  onHear,
}: {
  player: Player
  turn: TurnView
  onHear(turn: TurnView): void
}) {
  const { playing, positionMs } = useStore(player)
  const isPlaying =
    playing && positionMs >= turn.startMs && positionMs < (turn.endMs ?? Number.POSITIVE_INFINITY)
  return (
    <button
      type="button"
      className="button ghost square"
      aria-label={isPlaying ? 'Pause' : 'Hear this turn'}
      onClick={() => onHear(turn)}
    >
      <Icon name={isPlaying ? 'pause' : 'play'} />
    </button>
  )
}
