import type { SpanRole } from './conventions/convention.ts'
import { textBeforeAsked } from './conventions/messages.ts'
import { isCountedByPipecat } from './conventions/pipecat.ts'
import type { Conversation, Turn } from './conversation.ts'
import { sessionId, spanInputs, spanRole } from './read-span.ts'
import { readTurn } from './read-turn.ts'
import type { Span } from './span.ts'
import { spanTree } from './span-tree.ts'
import { type TurnSpans, turnSpans } from './turn-spans.ts'

type RoleOf = (span: Span) => SpanRole | null

/**
 * Reads the voice conversation that a trace records, in whatever vocabulary it is told; null when it has no turns.
 *
 * Works while the trace is still growing: spans may be open, come in any order and more than once, and parents may be
 * missing. A turn whose own span has not arrived is read from its children, under the id that they name as parent.
 */
export function readConversation(spans: readonly Span[]): Conversation | null {
  const tree = spanTree(spans)
  const roles = new Map<string, SpanRole | null>()
  const roleOf: RoleOf = (span) => {
    const known = roles.get(span.spanId)
    if (known !== undefined) return known
    const role = spanRole(span)
    roles.set(span.spanId, role)
    return role
  }
  const found = turnSpans(tree, roleOf)
  if (found.length === 0) return null
  let root: Span | null = null
  let session: string | null = null
  for (const span of tree.spans.values()) {
    if (root === null && roleOf(span) === 'conversation') root = span
    session ??= sessionId(span)
  }
  const hasEnded = root !== null && root.endTimeUnixNano !== null
  const turns: Turn[] = []
  for (const each of found) {
    const previous = turns.at(-1)?.number ?? null
    turns.push(readTurn(each, { previous, isLast: hasEnded && each === found.at(-1) }, roleOf))
  }
  const greeting = turns[0]
  if (greeting?.number === 0 && greeting.agentText === null) greeting.agentText = saidBefore(found, roleOf)
  if (beginsWithCountedGreeting(found, turns)) for (const turn of turns) turn.number--

  const first = found[0]
  const parent = first?.turn?.parentSpanId ?? first?.userTurn?.parentSpanId ?? first?.spanId ?? ''
  return {
    rootSpanId: root?.spanId ?? parent,
    sessionId: (root === null ? null : sessionId(root)) ?? session,
    startTimeUnixNano: root?.startTimeUnixNano ?? turns[0]?.startTimeUnixNano ?? 0n,
    endTimeUnixNano: root?.endTimeUnixNano ?? null,
    turns,
  }
}

/** The greeting as the language model is told of it in the next turn, where no span of its own says what was said. */
function saidBefore(found: TurnSpans[], roleOf: RoleOf): string | null {
  for (const span of found[1]?.below ?? []) {
    const text = roleOf(span) === 'llm_generation' ? textBeforeAsked(spanInputs(span)) : null
    if (text !== null) return text
  }
  return null
}

/** Whether Pipecat counted the agent's greeting as the first turn, where turns are counted from what the user says. */
function beginsWithCountedGreeting(found: TurnSpans[], turns: Turn[]): boolean {
  const span = found[0]?.turn ?? null
  const turn = turns[0]
  if (span === null || turn === undefined || !isCountedByPipecat(span)) return false
  return turn.number === 1 && turn.userText === null && turn.agentText !== null
}

/**
 * Whether the span stands for a turn: its id is the `spanId` of a turn that `readConversation` finds. A user's turn that
 * nobody has answered yet does not count.
 */
export function isTurnSpan(span: Span): boolean {
  const role = spanRole(span)
  return role === 'turn' || role === 'agent_turn'
}
