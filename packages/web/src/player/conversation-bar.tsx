import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { ErrorMark, InterruptedMark, LowScoreMark, SlowMark } from '../components/icon.tsx'
import { narrowTrace, useMediaQuery } from '../components/media-query.ts'
import type { SpanNode } from '../facade/span-tree.ts'
import type { TurnProblem } from '../facade/speech.ts'
import type { TraceView } from '../facade/trace-view.ts'
import { transcriptText } from '../facade/transcript-text.ts'
import type { TurnView } from '../facade/turn-view.ts'
import { ExportMenu } from './export-menu.tsx'
import { Transport } from './transport.tsx'
import type { ConversationPlayer } from './use-conversation-player.ts'
import './conversation-bar.css'

interface ConversationBarProps {
  view: TraceView
  turns: readonly TurnView[]
  player: ConversationPlayer
  lengthMs: number
  selected: SpanNode
}

/** What is done with a conversation as a whole: hear it, go through what went wrong, take it elsewhere. */
export function ConversationBar(props: ConversationBarProps) {
  const { view, player, lengthMs } = props
  const isWide = !useMediaQuery(narrowTrace)
  const { playback, problems } = player
  const hasSound = playback.tracks.length > 0
  return (
    <div className="conversation-bar">
      {hasSound ? (
        <Transport
          player={playback.player}
          lengthMs={lengthMs}
          follows={player.follows}
          onFollow={player.toggleFollow}
          onStepTurn={player.stepTurn}
        />
      ) : (
        <span className="faint" role="status">
          {playback.isDeleted
            ? 'The recording has been deleted'
            : view.isOpen
              ? 'Nothing has been recorded yet'
              : 'No recording'}
        </span>
      )}
      <span className="spacer" />
      {problems.size > 0 && (
        <button
          type="button"
          className="button ghost problems"
          title={`${problems.size} ${problems.size === 1 ? 'turn has' : 'turns have'} a problem`}
          onClick={() => player.nextProblem(null)}
        >
          <ProblemCounts problems={problems} />
          <span className="wide-only">Next problem</span>
          <kbd className="wide-only">P</kbd>
        </button>
      )}
      {isWide && <ConversationActions {...props} />}
    </div>
  )
}

/** Puts a conversation beside another, or takes it elsewhere. */
export function ConversationActions({ view, turns, player, lengthMs, selected }: ConversationBarProps) {
  const { tracks } = player.playback
  const endMs = selected.endMs ?? lengthMs
  return (
    <>
      {turns.length > 0 && (
        <Link to="/compare" search={{ left: view.info.traceId }} className="button">
          Compare
        </Link>
      )}
      <ExportMenu
        traceId={view.info.traceId}
        tracks={tracks}
        transcript={turns.length > 0 ? () => transcriptText(view, turns) : null}
        clip={() => ({
          name: selected.name.replaceAll(/\W+/g, '-'),
          stretch: { fromMs: selected.startMs, toMs: endMs },
        })}
      />
    </>
  )
}

/** How many turns have each kind of problem. */
function ProblemCounts({ problems }: Pick<ConversationPlayer, 'problems'>) {
  const count = (...kinds: TurnProblem[]) =>
    [...problems.values()].filter((found) => kinds.some((kind) => found.includes(kind))).length
  const marks = [
    { mark: <SlowMark label="slow turns" />, turns: count('slow') },
    { mark: <InterruptedMark label="interruptions" />, turns: count('interrupted') },
    { mark: <ErrorMark label="errors" />, turns: count('error') },
    { mark: <LowScoreMark label="low scores or silences" />, turns: count('low-score', 'silence') },
  ]
  return marks.map(({ mark, turns }) =>
    turns > 0 ? (
      <Fragment key={mark.props.label}>
        {mark}
        {turns}
      </Fragment>
    ) : null,
  )
}
