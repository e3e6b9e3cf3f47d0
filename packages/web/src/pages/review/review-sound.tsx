import { useEffect, useMemo, useRef } from 'react'
import { Icon } from '../../components/icon.tsx'
import { useShortcuts } from '../../components/shortcuts.ts'
import { speechOf } from '../../facade/speech.ts'
import type { TraceView } from '../../facade/trace-view.ts'
import type { TurnView } from '../../facade/turn-view.ts'
import { formatClock } from '../../format/time.ts'
import type { Player, Stretch } from '../../player/player.ts'
import { type Playback, usePlayback } from '../../player/use-playback.ts'
import { useStore } from '../../store/observable.ts'

interface ReviewSoundProps {
  view: TraceView
  /** The turn to hear; null for the whole conversation. */
  turn: TurnView | null
}

/** Hear what is scored: all of it, or the answer alone. Nothing where the trace has no recording. */
export function ReviewSound({ view, turn }: ReviewSoundProps) {
  const playback = usePlayback(view)
  return playback.tracks.length > 0 ? <Controls view={view} turn={turn} playback={playback} /> : null
}

function Controls({ view, turn, playback }: ReviewSoundProps & { playback: Playback }) {
  const { player } = playback
  const { playing, problem } = useStore(player)
  const { whole, answer } = useMemo(() => stretchesOf(view, turn), [view, turn])
  useEffect(() => player.seek(whole.fromMs), [player, whole])
  const hear = () => {
    if (playing) return player.pause()
    const atMs = player.now()
    const isWithin = atMs > whole.fromMs && atMs < whole.toMs - 50
    player.playStretch(isWithin ? { ...whole, fromMs: atMs } : whole)
  }
  const hearAnswer = () => answer && player.playStretch(answer)
  useShortcuts({
    ' ': hear,
    ...(answer && { a: hearAnswer }),
    '<': () => player.stepSpeed(-1),
    '>': () => player.stepSpeed(1),
  })
  return (
    <div className="review-sound" role="toolbar" aria-label="Sound">
      <button type="button" className="button" onClick={hear}>
        <Icon name={playing ? 'pause' : 'play'} />
        {playing ? 'Pause' : turn ? 'Hear the turn' : 'Hear the conversation'} <kbd>Space</kbd>
      </button>
      {answer && (
        <button type="button" className="button ghost" onClick={hearAnswer}>
          The answer alone <kbd>A</kbd>
        </button>
      )}
      <Progress player={player} stretch={whole} />
      {problem && <span role="alert">{problem}</span>}
    </div>
  )
}

/** How far the sound has come. It is moved without rendering anything else. */
function Progress({ player, stretch }: { player: Player; stretch: Stretch }) {
  const bar = useRef<HTMLElement>(null)
  const clock = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const place = () => {
      const atMs = Math.max(0, Math.min(player.now(), stretch.toMs) - stretch.fromMs)
      const share = atMs / Math.max(1, stretch.toMs - stretch.fromMs)
      if (bar.current) bar.current.style.transform = `scaleX(${share.toFixed(4)})`
      if (clock.current) clock.current.textContent = formatClock(atMs)
    }
    place()
    return player.position.subscribe(place)
  }, [player, stretch])
  return (
    <span className="progress" aria-hidden="true">
      <span ref={clock} />
      <i>
        <i ref={bar} />
      </i>
      <span>{formatClock(stretch.toMs - stretch.fromMs)}</span>
    </span>
  )
}

/** What there is to hear of a turn or of a conversation, and where the agent answers in it. */
function stretchesOf(view: TraceView, turn: TurnView | null): { whole: Stretch; answer: Stretch | null } {
  const { lastMs } = view.tree
  if (turn === null) return { whole: { fromMs: 0, toMs: lastMs }, answer: null }
  const whole = { fromMs: turn.startMs, toMs: turn.endMs ?? lastMs }
  const spoken = speechOf(view, lastMs).filter(
    ({ voice, fromMs, toMs }) => voice === 'agent' && toMs > whole.fromMs && fromMs < whole.toMs,
  )
  const fromMs = Math.max(whole.fromMs, Math.min(...spoken.map((stretch) => stretch.fromMs)))
  return { whole, answer: spoken.length > 0 ? { fromMs, toMs: whole.toMs } : null }
}
