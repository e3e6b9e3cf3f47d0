import { formatClock, formatMs } from '../format/time.ts'
import type { TraceView } from './trace-view.ts'
import type { TurnView } from './turn-view.ts'

/** The conversation as plain text: who said what when, how long each answer took, and what people and judges made of it. */
export function transcriptText(view: TraceView, turns: readonly TurnView[]): string {
  const head = [
    `Conversation ${view.info.traceId}`,
    new Date(view.info.requestTimeMs).toISOString(),
    view.sessionId ? `Session ${view.sessionId}` : null,
  ].filter((line) => line !== null)
  return `${[head.join('\n'), ...turns.map(turnText)].join('\n\n')}\n`
}

function turnText(turn: TurnView): string {
  const name = turn.number === 0 ? 'Greeting' : `Turn ${turn.number}`
  const facts = [
    formatClock(turn.startMs),
    turn.gap && `voice to voice ${formatMs(turn.gap.totalMs)} ms`,
    turn.turn.interrupted && 'interrupted',
    turn.turn.error && `error: ${turn.turn.error}`,
  ].filter(Boolean)
  const scores = turn.scores.flatMap(({ label, score }) => (score === null ? [] : [`${label} ${score}`]))
  return [
    `${name} (${facts.join(', ')})`,
    turn.userText === null ? null : `User: ${turn.userText}`,
    turn.agentText === null ? null : `Agent: ${turn.agentText}`,
    turn.unheardText === null ? null : `Not heard: ${turn.unheardText}`,
    scores.length === 0 ? null : `Scores: ${scores.join(', ')}`,
  ]
    .filter((line) => line !== null)
    .join('\n')
}
