import { spanOutputs, spanRole, type Turn } from '@voxtrace/model'
import { type Score, turnScores } from './assessments.ts'
import { lastMessageText } from './chat-messages.ts'
import { costOf } from './cost.ts'
import { type Gap, gapOf, medianOf } from './latency.ts'
import type { SpanNode } from './span-tree.ts'
import type { TraceView } from './trace-view.ts'

/** One turn as the transcript shows it. */
export interface TurnView {
  turn: Turn
  number: number
  spanId: string
  /** Milliseconds from the start of the trace. */
  startMs: number
  endMs: number | null
  userText: string | null
  agentText: string | null
  /** What was generated but never heard, because the user spoke over it. */
  unheardText: string | null
  gap: Gap | null
  scores: Score[]
  /** What its calls of models cost, in US dollars; null where none tells. */
  cost: number | null
}

export function turnViewsOf(view: TraceView): TurnView[] {
  const { conversation, tree } = view
  if (!conversation) return []
  const sinceStart = (unixNano: bigint) => Number(unixNano - tree.originUnixNano) / 1e6
  const ofSpan = Map.groupBy(view.assessments, ({ spanId }) => spanId)
  return conversation.turns.map((turn) => ({
    turn,
    number: turn.number,
    spanId: turn.spanId,
    startMs: sinceStart(turn.startTimeUnixNano),
    endMs: turn.endTimeUnixNano === null ? null : sinceStart(turn.endTimeUnixNano),
    userText: turn.userText,
    agentText: turn.agentText,
    unheardText: turn.interrupted ? unheardOf(turn, tree.byId.get(turn.spanId)) : null,
    gap: turn.number === 0 ? null : gapOf(turn.latency),
    scores: turnScores(ofSpan.get(turn.spanId) ?? [], turn.spanId),
    cost: costOfTurn(tree.byId.get(turn.spanId)),
  }))
}

function costOfTurn(node: SpanNode | undefined): number | null {
  return node ? costOf(node) : null
}

/** The rest of what the language model wrote, after what was heard of it; null when that cannot be told. */
function unheardOf(turn: Turn, node: SpanNode | undefined): string | null {
  const heard = wordsOf(turn.agentText ?? '')
  const written = wordsOf(generatedText(node) ?? '')
  if (!heard.every((word, index) => word === written[index])) return null
  return written.slice(heard.length).join(' ') || null
}

function generatedText(node: SpanNode | undefined): string | null {
  if (!node) return null
  if (spanRole(node.span) === 'llm_generation') {
    const outputs = spanOutputs(node.span)
    return lastMessageText(outputs)
  }
  for (const child of node.children) {
    const text = generatedText(child)
    if (text) return text
  }
  return null
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** The turn that a span belongs to: itself or the nearest above it. */
export function turnOfSpan(turns: readonly TurnView[], node: SpanNode | undefined): TurnView | undefined {
  for (let at: SpanNode | null | undefined = node; at; at = at.parent) {
    const turn = turns.find(({ spanId }) => spanId === at?.id)
    if (turn) return turn
  }
  return undefined
}

export function medianWaitOf(turns: readonly TurnView[]): number | null {
  return medianOf(turns.flatMap(({ gap }) => (gap ? [gap.totalMs] : [])))
}
