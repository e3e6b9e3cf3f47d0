import type { SpanRole } from './conventions/convention.ts'
import { textBeforeAsked } from './conventions/messages.ts'
import { isCountedByPipecat } from './conventions/pipecat.ts'
import type { Conversation, Turn } from './conversation.ts'
import { sessionId, spanInputs, spanRole } from './read-span.ts'
import { readTurn, type UncountedTurn } from './read-turn.ts'
import { haveSameItems } from './same-items.ts'
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
  return new ConversationReader().read(spans)
}

interface KnownTurn {
  placed: PlacedTurn
  uncounted: UncountedTurn
  turn: Turn
}

/** Reads one conversation again and again as it grows. Turns whose spans are the same objects as before are not read anew. */
export class ConversationReader {
  readonly #roleOf = once(spanRole)
  readonly #sessionOf = once(sessionId)
  #turns = new Map<string, KnownTurn>()

  /** As `readConversation`. */
  read(spans: readonly Span[]): Conversation | null {
    const tree = spanTree(spans)
    const placed = placedIn(tree, this.#roleOf)
    if (placed.length === 0) return null
    const turns = this.#readTurns(placed)
    const root = conversationIn(tree, this.#roleOf)
    let session: string | null = null
    for (const span of tree.spans.values()) session ??= this.#sessionOf(span)
    const first = placed[0]
    const parent = first?.turn?.parentSpanId ?? first?.userTurn?.parentSpanId ?? first?.spanId ?? ''
    return {
      rootSpanId: root?.spanId ?? parent,
      sessionId: (root === null ? null : this.#sessionOf(root)) ?? session,
      startTimeUnixNano: root?.startTimeUnixNano ?? turns[0]?.startTimeUnixNano ?? 0n,
      endTimeUnixNano: root?.endTimeUnixNano ?? null,
      turns,
    }
  }

  #readTurns(placed: PlacedTurn[]): Turn[] {
    const before = this.#turns
    const { turns: uncounted, countsGreeting } = readPlaced(placed, this.#roleOf, (turn) => {
      const known = before.get(turn.spanId)
      return known && isSame(known.placed, turn) ? known.uncounted : readTurn(turn, this.#roleOf)
    })
    const numbers = turnNumbers(
      uncounted.map(({ counted }) => counted),
      countsGreeting,
    )
    this.#turns = new Map()
    return uncounted.map((each, index) => {
      const { counted, ...rest } = each
      const number = numbers[index] ?? 0
      const known = before.get(each.spanId)
      const turn =
        known?.uncounted === each && known.turn.number === number ? known.turn : { ...rest, number }
      const place = placed[index]
      if (place !== undefined) this.#turns.set(each.spanId, { placed: place, uncounted: each, turn })
      return turn
    })
  }
}

function isSame(one: PlacedTurn, other: PlacedTurn): boolean {
  return (
    one.isFirst === other.isFirst &&
    one.isLast === other.isLast &&
    one.turn === other.turn &&
    one.userTurn === other.userTurn &&
    one.answersUserTurns === other.answersUserTurns &&
    haveSameItems(one.steps, other.steps) &&
    haveSameItems(one.below, other.below)
  )
}

/** Names of spans whose attributes, and not their names and types alone, tell where turns begin and end. */
export const namesOfTellingSpans: readonly string[] = ['user_turn', 'agent_turn', 'agent_speaking']

/**
 * Finds the turns of a trace in the order in which they began. Of the spans only ids, parents, names, types, starts and
 * whether they have ended are looked at, and the attributes of those that `namesOfTellingSpans` names.
 */
export function placeTurns(spans: readonly Span[]): PlacedTurn[] {
  return placedIn(spanTree(spans), once(spanRole))
}

/**
 * Reads turns that `placeTurns` has placed. Turns may be left out, but not the first two, which tell of the greeting.
 *
 * @param recordOf gives the whole record of a span that was placed
 */
export function readPlacedTurns(placed: PlacedTurn[], recordOf: (span: Span) => Span): ReadTurns {
  const roleOf = once(spanRole)
  return readPlaced(
    placed.map((turn) => withSpans(turn, recordOf)),
    roleOf,
    (turn) => readTurn(turn, roleOf),
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

/** Reads something of each span once. */
function once<Value>(read: (span: Span) => Value): (span: Span) => Value {
  const known = new WeakMap<Span, { value: Value }>()
  return (span) => {
    const found = known.get(span) ?? { value: read(span) }
    known.set(span, found)
    return found.value
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

function readPlaced(
  placed: PlacedTurn[],
  roleOf: RoleOf,
  read: (turn: PlacedTurn) => UncountedTurn,
): ReadTurns {
  const turns = placed.map(read)
  const [greeting] = turns
  if (greeting?.counted === 0 && greeting.agentText === null) {
    turns[0] = { ...greeting, agentText: saidBefore(placed[1], roleOf) }
  }
  return { turns, countsGreeting: beginsWithCountedGreeting(placed[0], turns[0]) }
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
