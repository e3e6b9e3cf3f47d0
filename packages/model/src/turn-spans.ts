import type { SpanRole } from './conventions/convention.ts'
import type { Span } from './span.ts'
import { byStart, descendants, type SpanTree } from './span-tree.ts'

/** The spans of one turn, before they are read. */
export interface TurnSpans {
  /** The id of the span that stands for the turn, which may not have arrived. */
  spanId: string
  /** The span that stands for the turn; null when it has not arrived or the turn has no answer yet. */
  turn: Span | null
  /** LiveKit's span of the user's side. */
  userTurn: Span | null
  /** All that happened in the turn, without the spans above, parents before children. */
  below: Span[]
}

/** Roles of work inside a turn that only voice agents do, so that a missing parent of theirs must be a turn. */
const voiceRoles = new Set<SpanRole>(['speech_to_text', 'text_to_speech', 'user_speech', 'agent_speech'])

/**
 * Finds the turns of a trace, in the order in which they began: spans that stand for turns, pairs of LiveKit's user and
 * agent turns, and parents that have not arrived but whose children have.
 */
export function turnSpans(tree: SpanTree, roleOf: (span: Span) => SpanRole | null): TurnSpans[] {
  const turns: Span[] = []
  const userTurns: Span[] = []
  const agentTurns: Span[] = []
  const missing = new Set<string>()
  let conversation: string | null = null
  for (const span of tree.spans.values()) {
    const role = roleOf(span)
    if (role === 'turn') turns.push(span)
    else if (role === 'user_turn') userTurns.push(span)
    else if (role === 'agent_turn') agentTurns.push(span)
    else if (role === 'conversation') conversation = span.spanId
    else if (role !== null && voiceRoles.has(role)) {
      if (span.parentSpanId !== null && !tree.spans.has(span.parentSpanId)) missing.add(span.parentSpanId)
    }
  }
  const above = new Set([...turns, ...userTurns, ...agentTurns].map((span) => span.parentSpanId))
  const stop = (span: Span) => {
    const role = roleOf(span)
    return role === 'turn' || role === 'user_turn' || role === 'agent_turn'
  }
  const found: TurnSpans[] = turns.map((turn) => ({
    spanId: turn.spanId,
    turn,
    userTurn: null,
    below: descendants(tree, turn.spanId, stop),
  }))
  for (const spanId of missing) {
    if (above.has(spanId) || spanId === conversation) continue
    found.push({ spanId, turn: null, userTurn: null, below: descendants(tree, spanId, stop) })
  }
  found.push(...pairedTurns(tree, userTurns, agentTurns, stop))
  return found.sort((one, other) => compareStarts(firstSpan(one), firstSpan(other)))
}

/** The first span of a turn to begin, which tells when the turn began. */
export function firstSpan(turn: TurnSpans): Span | null {
  let first = turn.userTurn ?? turn.turn
  if (first !== null) return first
  for (const span of turn.below) if (first === null || byStart(span, first) < 0) first = span
  return first
}

/**
 * Pairs each agent turn with the user turns since the agent turn before it. Agent turns of one speech, which older
 * versions of LiveKit record one per step of tool use, are one turn under the last of them.
 */
function pairedTurns(
  tree: SpanTree,
  userTurns: Span[],
  agentTurns: Span[],
  stop: (span: Span) => boolean,
): TurnSpans[] {
  userTurns.sort(byStart)
  agentTurns.sort(byStart)
  const found: TurnSpans[] = []
  const bySpeech = new Map<string, TurnSpans>()
  let nextUser = 0
  for (const turn of agentTurns) {
    const below = descendants(tree, turn.spanId, stop)
    const speech = turn.attributes['lk.speech_id']
    const earlier = typeof speech === 'string' ? bySpeech.get(speech) : undefined
    if (earlier !== undefined) {
      if (earlier.turn !== null) earlier.below.push(earlier.turn)
      earlier.below.push(...below)
      earlier.turn = turn
      earlier.spanId = turn.spanId
      continue
    }
    let userTurn: Span | null = null
    while (nextUser < userTurns.length) {
      const candidate = userTurns[nextUser]
      if (candidate === undefined || byStart(candidate, turn) > 0) break
      if (userTurn !== null) found.push(unanswered(tree, userTurn, stop))
      userTurn = candidate
      nextUser++
    }
    if (userTurn !== null) below.unshift(...descendants(tree, userTurn.spanId, stop))
    const paired: TurnSpans = { spanId: turn.spanId, turn, userTurn, below }
    if (typeof speech === 'string') bySpeech.set(speech, paired)
    found.push(paired)
  }
  for (const userTurn of userTurns.slice(nextUser)) found.push(unanswered(tree, userTurn, stop))
  return found
}

function unanswered(tree: SpanTree, userTurn: Span, stop: (span: Span) => boolean): TurnSpans {
  return { spanId: userTurn.spanId, turn: null, userTurn, below: descendants(tree, userTurn.spanId, stop) }
}

function compareStarts(one: Span | null, other: Span | null): number {
  return one === null || other === null ? 0 : byStart(one, other)
}
