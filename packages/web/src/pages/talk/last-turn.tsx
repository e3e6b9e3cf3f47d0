import { useState } from 'react'
import { GapBar, GapPartTable } from '../../components/gap-bar.tsx'
import { gapOf } from '../../facade/latency.ts'
import { formatMs } from '../../format/time.ts'
import type { CallState } from '../../talk/call-state.ts'
import { ScoreButtons } from '../trace/score-buttons.tsx'
import { useTrace } from '../trace/use-trace.ts'
import '../trace/transcript.css'

/** The last turn that was answered: its wait in parts, and its scores as they arrive. */
export function LastTurn({ state, usualMs }: { state: CallState; usualMs: number | null }) {
  const turn = state.exchanges.findLast(({ number, latency }) => number !== null && number > 0 && latency)
  const gap = gapOf(turn?.latency ?? null)
  return (
    <aside className="talk-turn" aria-label="Last turn">
      <header>
        <span className="heading">{turn ? `Turn ${turn.number}` : 'First turn'}</span>
        {gap && (
          <b>
            {formatMs(gap.totalMs)}
            <small>ms</small>
          </b>
        )}
      </header>
      <div className="track">
        {gap && <GapBar gap={gap} fullMs={Math.max(1600, gap.totalMs)} height={10} />}
      </div>
      <GapPartTable gap={gap} />
      {turn && !gap && <footer>This question was typed: there was no voice to wait for.</footer>}
      {!turn && <footer>The wait is taken apart here after your first question.</footer>}
      {state.conversation?.traceId && turn?.number != null && (
        <TurnScores traceId={state.conversation.traceId} number={turn.number} />
      )}
      {usualMs !== null && <footer>Median in this call {formatMs(usualMs)} ms.</footer>}
    </aside>
  )
}

function TurnScores({ traceId, number }: { traceId: string; number: number }) {
  const { view } = useTrace(traceId)
  const [openId, setOpenId] = useState<string | null>(null)
  const turn = view?.turns.find((each) => each.number === number)
  if (!turn) return <footer>Scores arrive a few seconds after each turn.</footer>
  return (
    <ScoreButtons
      scores={turn.scores}
      openId={openId}
      onToggle={(id) => setOpenId((open) => (open === id ? null : id))}
    />
  )
}
