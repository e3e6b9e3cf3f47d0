import type { SpanRole } from './conventions/convention.ts'
import {
  isLivekitAnswer,
  livekitAnswersText,
  livekitGivenUp,
  livekitHeardNothing,
  livekitSpeechId,
} from './conventions/livekit.ts'
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
  /** Earlier agent turns of the same speech, which older versions of LiveKit record one per step of tool use. */
  steps: Span[]
  /** All that happened in the turn, without the spans above, parents before children. */
  below: Span[]
  /** Whether the turn is a pair of a user's and an agent's span, as in LiveKit, whose turns have no numbers. */
  answersUserTurns: boolean
}

/** The spans of a turn, and its place in the conversation. */
export interface PlacedTurn extends TurnSpans {
  isFirst: boolean
  /** Whether the conversation ended with it. */
  isLast: boolean
}

/** Work inside a turn that only voice agents do, so that a missing parent of theirs must be a turn. */
const voiceRoles = new Set<SpanRole>(['speech_to_text', 'text_to_speech', 'user_speech', 'agent_speech'])

type RoleOf = (span: Span) => SpanRole | null

/**
 * Finds the turns of a trace, in the order in which they began: spans that stand for turns, pairs of LiveKit's user and
 * agent turns, and parents that have not arrived but whose children have.
 */
export function turnSpans(tree: SpanTree, roleOf: RoleOf): TurnSpans[] {
  const turns: Span[] = []
  const userTurns: Span[] = []
  const agentTurns: Span[] = []
  const workOfMissing = new Map<string, Span>()
  for (const span of tree.spans.values()) {
    const role = roleOf(span)
    if (role === 'turn') turns.push(span)
    else if (role === 'user_turn') {
      if (!livekitHeardNothing(span)) userTurns.push(span)
    } else if (role === 'agent_turn' || isSaidUnasked(tree, span, roleOf)) agentTurns.push(span)
    else if (
      isLivekitAnswer(span) ||
      (role !== null && voiceRoles.has(role) && !livekitSpeaking.has(span.name))
    ) {
      const parent = span.parentSpanId
      if (parent !== null && !tree.spans.has(parent)) workOfMissing.set(parent, span)
    }
  }
  const isTurn = (span: Span) => {
    const role = roleOf(span)
    return role === 'turn' || role === 'user_turn' || role === 'agent_turn'
  }
  const below = (spanId: string) => descendants(tree, spanId, isTurn)
  const conversations = new Set([...turns, ...userTurns, ...agentTurns].map((span) => span.parentSpanId))
  const found = turns.map((turn) => turnOf(turn.spanId, turn, below(turn.spanId)))
  const answers = agentTurns.map((turn) => answerOf(turn.spanId, turn, below(turn.spanId)))
  for (const [spanId, work] of workOfMissing) {
    if (conversations.has(spanId)) continue
    if (isLivekitAnswer(work)) answers.push(answerOf(spanId, null, below(spanId)))
    else found.push(turnOf(spanId, null, below(spanId)))
  }
  found.push(...pairedTurns(userTurns, answers, below))
  return found.sort(byBeginning)
}

/**
 * Whether the agent speaks outside any turn. LiveKit for JavaScript records what an agent says on entering, as a
 * greeting, below `on_enter` and not in an agent's turn.
 */
function isSaidUnasked(tree: SpanTree, span: Span, roleOf: RoleOf): boolean {
  if (span.name !== 'agent_speaking') return false
  const visited = new Set<string>()
  let parent = span.parentSpanId === null ? undefined : tree.spans.get(span.parentSpanId)
  if (parent === undefined || roleOf(parent) === 'conversation') return false
  while (parent !== undefined && !visited.has(parent.spanId)) {
    if (roleOf(parent) === 'agent_turn') return false
    if (parent.parentSpanId === null || roleOf(parent) === 'conversation') return true
    visited.add(parent.spanId)
    parent = tree.spans.get(parent.parentSpanId)
  }
  return false
}

/** Spans that stand beside LiveKit's turns, under the session, and tell of no missing turn. */
const livekitSpeaking = new Set(['user_speaking', 'agent_speaking'])

function turnOf(spanId: string, turn: Span | null, below: Span[]): TurnSpans {
  return { spanId, turn, userTurn: null, steps: [], below, answersUserTurns: false }
}

function answerOf(spanId: string, turn: Span | null, below: Span[]): TurnSpans {
  return { ...turnOf(spanId, turn, below), answersUserTurns: true }
}

/** All spans that a turn is read from. */
export function spansOfTurn({ turn, userTurn, steps, below }: TurnSpans): Span[] {
  return [...(turn === null ? [] : [turn]), ...(userTurn === null ? [] : [userTurn]), ...steps, ...below]
}

/** The turn with other records of its spans. */
export function withSpans<Turn extends TurnSpans>(turn: Turn, recordOf: (span: Span) => Span): Turn {
  return {
    ...turn,
    turn: turn.turn === null ? null : recordOf(turn.turn),
    userTurn: turn.userTurn === null ? null : recordOf(turn.userTurn),
    steps: turn.steps.map(recordOf),
    below: turn.below.map(recordOf),
  }
}

/** The span with which a turn began. */
export function firstSpan(turn: TurnSpans): Span | null {
  let first = turn.userTurn ?? turn.steps[0] ?? turn.turn
  if (first !== null) return first
  for (const span of turn.below) if (first === null || byStart(span, first) < 0) first = span
  return first
}

/**
 * Pairs each answer with the last user turn since the answer before it; earlier ones stay unanswered. Answers of one
 * speech are one turn, under the last of them.
 */
function pairedTurns(
  userTurns: Span[],
  answers: TurnSpans[],
  below: (spanId: string) => Span[],
): TurnSpans[] {
  userTurns.sort(byStart)
  answers.sort(byBeginning)
  const found: TurnSpans[] = []
  const bySpeech = new Map<string, TurnSpans>()
  let next = 0
  for (const answer of answers) {
    const speech = answer.turn === null ? null : livekitSpeechId(answer.turn)
    const earlier = speech === null ? undefined : bySpeech.get(speech)
    if (earlier !== undefined && answer.turn !== null) {
      if (earlier.turn !== null) earlier.steps.push(earlier.turn)
      earlier.below.push(...answer.below)
      earlier.turn = answer.turn
      earlier.spanId = answer.spanId
      continue
    }
    for (; next < userTurns.length; next++) {
      const candidate = userTurns[next]
      const began = firstSpan(answer)
      if (candidate === undefined || (began !== null && byStart(candidate, began) > 0)) break
      if (answer.userTurn !== null) found.push(unanswered(answer.userTurn, below))
      answer.userTurn = candidate
    }
    const before = found.at(-1)
    if (answer.userTurn === null && before !== undefined && isInsteadOf(answer, before)) {
      found.pop()
      answer.userTurn = before.userTurn
    }
    if (answer.userTurn !== null) answer.below.unshift(...below(answer.userTurn.spanId))
    if (speech !== null) bySpeech.set(speech, answer)
    found.push(answer)
  }
  for (const userTurn of userTurns.slice(next)) found.push(unanswered(userTurn, below))
  return found
}

/** Whether an answer to the same user turn takes the place of one that was given up. */
function isInsteadOf(answer: TurnSpans, before: TurnSpans): boolean {
  if (answer.turn === null || before.turn === null || before.userTurn === null) return false
  return livekitGivenUp(before.turn) && livekitAnswersText(answer.turn)
}

function unanswered(userTurn: Span, below: (spanId: string) => Span[]): TurnSpans {
  return { ...turnOf(userTurn.spanId, null, below(userTurn.spanId)), userTurn, answersUserTurns: true }
}

function byBeginning(one: TurnSpans, other: TurnSpans): number {
  const first = firstSpan(one)
  const second = firstSpan(other)
  return first === null || second === null ? 0 : byStart(first, second)
}
