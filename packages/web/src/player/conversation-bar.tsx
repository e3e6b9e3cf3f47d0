import { Link } from '@tanstack/react-router'
import { InterruptedMark, SlowMark } from '../components/icon.tsx'
import type { SpanNode } from '../facade/span-tree.ts'
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
export function ConversationBar({ view, turns, player, lengthMs, selected }: ConversationBarProps) {
  const { playback, problems } = player
  const hasSound = playback.tracks.length > 0
  const count = (kind: 'slow' | 'interrupted') =>
    [...problems.values()].filter((found) => found.includes(kind)).length
  const endMs = selected.endMs ?? lengthMs
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
        <span className="faint">{view.isOpen ? 'Nothing has been recorded yet' : 'No recording'}</span>
      )}
      <span className="spacer" />
      {problems.size > 0 && (
        <button
          type="button"
          className="button ghost problems"
          title={`${problems.size} turns have a problem`}
          onClick={() => player.nextProblem(null)}
        >
          {count('slow') > 0 && (
            <>
              <SlowMark label="slow turns" />
              {count('slow')}
            </>
          )}
          {count('interrupted') > 0 && (
            <>
              <InterruptedMark label="interruptions" />
              {count('interrupted')}
            </>
          )}
          <span className="wide-only">Next problem</span>
          <kbd className="wide-only">P</kbd>
        </button>
      )}
      {turns.length > 0 && (
        <Link to="/compare" search={{ left: view.info.traceId }} className="button wide-only">
          Compare
        </Link>
      )}
      <ExportMenu
        traceId={view.info.traceId}
        tracks={playback.tracks}
        transcript={turns.length > 0 ? () => transcriptText(view, turns) : null}
        clip={() => ({
          name: selected.name.replaceAll(/\W+/g, '-'),
          stretch: { fromMs: selected.startMs, toMs: endMs },
        })}
      />
    </div>
  )
}
