import { type Assessment, haveSameItems, spanOutputs, spanRole, type Turn } from '@voxtrace/model'
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

/** What turns are made of. */
type TurnSource = Pick<TraceView, 'conversation' | 'tree' | 'assessments'>

interface KnownTurn {
  turn: Turn
  node: SpanNode | undefined
  originUnixNano: bigint
  assessments: readonly Assessment[]
  view: TurnView
}

/** Makes the turns of one trace ready, again and again as it grows. Those of which nothing has changed stay the same objects. */
export class TurnViews {
  #known = new Map<string, KnownTurn>()

  of({ conversation, tree, assessments }: TurnSource): TurnView[] {
    const before = this.#known
    const { originUnixNano } = tree
    this.#known = new Map()
    const ofSpan = Map.groupBy(assessments, ({ spanId }) => spanId)
    return (conversation?.turns ?? []).map((turn) => {
      const node = tree.byId.get(turn.spanId)
      const own = ofSpan.get(turn.spanId) ?? []
      const known = before.get(turn.spanId)
      const isSame =
        known?.turn === turn &&
        known.node === node &&
        known.originUnixNano === originUnixNano &&
        haveSameItems(known.assessments, own)
      const view = isSame ? known.view : turnViewOf(turn, node, own, originUnixNano)
      this.#known.set(turn.spanId, { turn, node, originUnixNano, assessments: own, view })
      return view
    })
  }
}

function turnViewOf(
  turn: Turn,
  node: SpanNode | undefined,
  assessments: readonly Assessment[],
  originUnixNano: bigint,
): TurnView {
  const sinceStart = (unixNano: bigint) => Number(unixNano - originUnixNano) / 1e6
  return {
    turn,
    number: turn.number,
    spanId: turn.spanId,
    startMs: sinceStart(turn.startTimeUnixNano),
    endMs: turn.endTimeUnixNano === null ? null : sinceStart(turn.endTimeUnixNano),
    userText: turn.userText,
    agentText: turn.agentText,
    unheardText: turn.interrupted ? unheardOf(turn, node) : null,
    gap: turn.number === 0 ? null : gapOf(turn.latency),
    scores: turnScores(assessments, turn.spanId),
    cost: node ? costOf(node) : null,
  }
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
