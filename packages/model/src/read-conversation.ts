import type { SpanRole } from './conventions/convention.ts'
import { textBeforeAsked } from './conventions/messages.ts'
import { isCountedByPipecat } from './conventions/pipecat.ts'
import type { Conversation } from './conversation.ts'
import { sessionId, spanInputs, spanRole } from './read-span.ts'
import { readTurn, type UncountedTurn } from './read-turn.ts'
import type { Span } from './span.ts'
import { type SpanTree, spanTree } from './span-tree.ts'
import { type PlacedTurn, turnSpans, withSpans } from './turn-spans.ts'

type RoleOf = (span: Span) => SpanRole | null

/** Turns that are read but not counted. */
export interface ReadTurns {
  turns: UncountedTurn[]
  /** Whether the greeting was counted as the first turn, where turns are counted from what the user says. */
  countsGreeting: boolean
}

/**
 * Reads the voice conversation that a trace records, in whatever vocabulary it is told; null when it has no turns.
 *
 * Works while the trace is still growing: spans may be open, come in any order and more than once, and parents may be
 * missing. A turn whose own span has not arrived is read from its children, under the id that they name as parent.
 */
export function readConversation(spans: readonly Span[]): Conversation | null {
  const tree = spanTree(spans)
  const roleOf = rolesOnce()
  const placed = placedIn(tree, roleOf)
  if (placed.length === 0) return null
  const { turns: uncounted, countsGreeting } = readPlaced(placed, roleOf)
  const numbers = turnNumbers(
    uncounted.map(({ counted }) => counted),
    countsGreeting,
  )
  const turns = uncounted.map(({ counted, ...turn }, index) => ({ ...turn, number: numbers[index] ?? 0 }))
  const root = conversationIn(tree, roleOf)
  let session: string | null = null
  for (const span of tree.spans.values()) session ??= sessionId(span)

  const first = placed[0]
  const parent = first?.turn?.parentSpanId ?? first?.userTurn?.parentSpanId ?? first?.spanId ?? ''
  return {
    rootSpanId: root?.spanId ?? parent,
    sessionId: (root === null ? null : sessionId(root)) ?? session,
    startTimeUnixNano: root?.startTimeUnixNano ?? turns[0]?.startTimeUnixNano ?? 0n,
    endTimeUnixNano: root?.endTimeUnixNano ?? null,
    turns,
  }
}

/** Names of spans whose attributes, and not their names and types alone, tell where turns begin and end. */
export const namesOfTellingSpans: readonly string[] = ['user_turn', 'agent_turn', 'agent_speaking']

/**
 * Finds the turns of a trace in the order in which they began. Of the spans only ids, parents, names, types, starts and
 * whether they have ended are looked at, and the attributes of those that `namesOfTellingSpans` names.
 */
export function placeTurns(spans: readonly Span[]): PlacedTurn[] {
  return placedIn(spanTree(spans), rolesOnce())
}

/**
 * Reads turns that `placeTurns` has placed. Turns may be left out, but not the first two, which tell of the greeting.
 *
 * @param recordOf gives the whole record of a span that was placed
 */
export function readPlacedTurns(placed: PlacedTurn[], recordOf: (span: Span) => Span): ReadTurns {
  return readPlaced(
    placed.map((turn) => withSpans(turn, recordOf)),
    rolesOnce(),
  )
}

/** The numbers of all turns of a conversation, in order. */
export function turnNumbers(counted: readonly (number | null)[], countsGreeting: boolean): number[] {
  let previous = 0
  return counted.map((number) => {
    previous = number ?? previous + 1
    return countsGreeting ? previous - 1 : previous
  })
}

/** Reads each span's role once. */
function rolesOnce(): RoleOf {
  const roles = new Map<string, SpanRole | null>()
  return (span) => {
    const known = roles.get(span.spanId)
    if (known !== undefined) return known
    const role = spanRole(span)
    roles.set(span.spanId, role)
    return role
  }
}

function conversationIn(tree: SpanTree, roleOf: RoleOf): Span | null {
  for (const span of tree.spans.values()) if (roleOf(span) === 'conversation') return span
  return null
}

function placedIn(tree: SpanTree, roleOf: RoleOf): PlacedTurn[] {
  const found = turnSpans(tree, roleOf)
  const root = conversationIn(tree, roleOf)
  const hasEnded = root !== null && root.endTimeUnixNano !== null
  return found.map((turn, index) => ({
    ...turn,
    isFirst: index === 0,
    isLast: hasEnded && index === found.length - 1,
  }))
}

function readPlaced(placed: PlacedTurn[], roleOf: RoleOf): ReadTurns {
  const turns = placed.map((turn) => readTurn(turn, roleOf))
  const greeting = turns[0]
  if (greeting?.counted === 0 && greeting.agentText === null)
    greeting.agentText = saidBefore(placed[1], roleOf)
  return { turns, countsGreeting: beginsWithCountedGreeting(placed[0], greeting) }
}

/** The greeting as the language model is told of it in the next turn, where no span of its own says what was said. */
function saidBefore(next: PlacedTurn | undefined, roleOf: RoleOf): string | null {
  for (const span of next?.below ?? []) {
    const text = roleOf(span) === 'llm_generation' ? textBeforeAsked(spanInputs(span)) : null
    if (text !== null) return text
  }
  return null
}

/** Whether Pipecat counted the agent's greeting as the first turn, where turns are counted from what the user says. */
function beginsWithCountedGreeting(first: PlacedTurn | undefined, turn: UncountedTurn | undefined): boolean {
  const span = first?.turn ?? null
  if (span === null || turn === undefined || !isCountedByPipecat(span)) return false
  return (turn.counted ?? 1) === 1 && turn.userText === null && turn.agentText !== null
}

/**
 * Whether the span stands for a turn: its id is the `spanId` of a turn that `readConversation` finds. A user's turn that
 * nobody has answered yet does not count.
 */
export function isTurnSpan(span: Span): boolean {
  const role = spanRole(span)
  return role === 'turn' || role === 'agent_turn'
}
