import type { SpanRole } from './conventions/convention.ts'
import type { Conversation, Turn } from './conversation.ts'
import { sessionId, spanRole } from './read-span.ts'
import { readTurn } from './read-turn.ts'
import type { Span } from './span.ts'
import { spanTree } from './span-tree.ts'
import { turnSpans } from './turn-spans.ts'

/**
 * Reads the voice conversation that a trace records, in whatever vocabulary it is told; null when it has no turns.
 *
 * Works while the trace is still growing: spans may be open, come in any order and more than once, and parents may be
 * missing. A turn whose own span has not arrived is read from its children, under the id that they name as parent.
 */
export function readConversation(spans: readonly Span[]): Conversation | null {
  const tree = spanTree(spans)
  const roles = new Map<string, SpanRole | null>()
  const roleOf = (span: Span): SpanRole | null => {
    const known = roles.get(span.spanId)
    if (known !== undefined) return known
    const role = spanRole(span)
    roles.set(span.spanId, role)
    return role
  }
  const found = turnSpans(tree, roleOf)
  if (found.length === 0) return null
  const turns: Turn[] = []
  for (const each of found) turns.push(readTurn(each, turns.at(-1)?.number ?? null, roleOf))

  let root: Span | null = null
  let session: string | null = null
  for (const span of tree.spans.values()) {
    if (root === null && roleOf(span) === 'conversation') root = span
    session ??= sessionId(span)
  }
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

/**
 * Whether the span stands for a turn: its id is the `spanId` of a turn that `readConversation` finds. A user's turn that
 * nobody has answered yet does not count.
 */
export function isTurnSpan(span: Span): boolean {
  const role = spanRole(span)
  return role === 'turn' || role === 'agent_turn'
}
