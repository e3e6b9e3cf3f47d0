import { isLowScore } from './judges.ts'
import type { SpanNode } from './span-tree.ts'
import type { TraceView } from './trace-view.ts'
import type { TurnView } from './turn-view.ts'

export type Voice = 'user' | 'agent'

/** A stretch of the trace's axis in which somebody speaks, in milliseconds. */
export interface Speech {
  voice: Voice
  fromMs: number
  toMs: number
  spanId: string
}

/** A stretch in which both speak. */
export interface Overlap {
  fromMs: number
  toMs: number
}

/** The wait before an answer, in its place on the axis. */
export interface PlacedGap {
  turn: TurnView
  fromMs: number
  toMs: number
}

const voices: Partial<Record<string, Voice>> = { user_speech: 'user', agent_speech: 'agent' }

/** What stands for a voice in a turn whose vocabulary has no span for its speech, such as Pipecat's. */
const standIns: Record<Voice, string> = { user: 'speech_to_text', agent: 'text_to_speech' }

/**
 * Who speaks when, as the spans tell it, in order. Speech that goes on ends at `lengthMs`. In a turn without a span for a
 * voice, what recognised or made it stands for it.
 */
export function speechOf({ tree, conversation }: TraceView, lengthMs: number): Speech[] {
  const speech: Speech[] = []
  for (const node of tree.nodes) {
    const voice = voices[node.kind]
    if (!voice) continue
    // A span that stands inside another of its voice is a part of it.
    if (node.parent && voices[node.parent.kind] === voice) continue
    speech.push({ voice, fromMs: node.startMs, toMs: node.endMs ?? lengthMs, spanId: node.id })
  }
  speech.sort((a, b) => a.fromMs - b.fromMs)
  const longestMs = longestOf(speech)
  const stood: Speech[] = []
  for (const { spanId } of conversation?.turns ?? []) {
    const turn = tree.byId.get(spanId)
    if (!turn) continue
    const during = beginningWithin(speech, turn.startMs - longestMs, turn.endMs ?? lengthMs)
    const told = during.filter(({ toMs }) => toMs > turn.startMs)
    stood.push(...stoodIn(turn, told, lengthMs))
  }
  return stood.length === 0 ? speech : [...speech, ...stood].sort((a, b) => a.fromMs - b.fromMs)
}

export function isSameSpeech(one: Speech, other: Speech): boolean {
  return (
    one.spanId === other.spanId &&
    one.voice === other.voice &&
    one.fromMs === other.fromMs &&
    one.toMs === other.toMs
  )
}

function longestOf(stretches: readonly { fromMs: number; toMs: number }[]): number {
  return stretches.reduce((most, { fromMs, toMs }) => Math.max(most, toMs - fromMs), 0)
}

/** @param told who speaks in the turn by spans of their own */
function stoodIn(turn: SpanNode, told: readonly Speech[], lengthMs: number): Speech[] {
  return (['user', 'agent'] as const).flatMap((voice) => {
    if (told.some((own) => own.voice === voice)) return []
    const below = [turn]
    for (const node of below) below.push(...node.children)
    const nodes = below.filter(({ kind }) => kind === standIns[voice])
    const [first] = nodes
    if (!first) return []
    const fromMs = Math.min(...nodes.map(({ startMs }) => startMs))
    const toMs = Math.max(...nodes.map((node) => node.endMs ?? lengthMs))
    return toMs > fromMs ? [{ voice, fromMs, toMs, spanId: first.id }] : []
  })
}

/** Of stretches in order those that begin from `fromMs` on and before `toMs`. */
export function beginningWithin<Stretch extends { fromMs: number }>(
  stretches: readonly Stretch[],
  fromMs: number,
  toMs: number,
): Stretch[] {
  let first = 0
  for (let end = stretches.length; first < end; ) {
    const middle = (first + end) >> 1
    if ((stretches[middle]?.fromMs ?? 0) < fromMs) first = middle + 1
    else end = middle
  }
  const within: Stretch[] = []
  for (let next = stretches[first]; next !== undefined && next.fromMs < toMs; next = stretches[++first]) {
    within.push(next)
  }
  return within
}

/** Where the two voices sound at the same time. */
export function overlapsOf(speech: readonly Speech[]): Overlap[] {
  const agent = speech.filter(({ voice }) => voice === 'agent')
  const longestMs = longestOf(agent)
  return speech
    .filter(({ voice }) => voice === 'user')
    .flatMap((user) =>
      beginningWithin(agent, user.fromMs - longestMs, user.toMs).flatMap(({ fromMs, toMs }) => {
        const overlap = { fromMs: Math.max(fromMs, user.fromMs), toMs: Math.min(toMs, user.toMs) }
        return overlap.toMs - overlap.fromMs > 50 ? [overlap] : []
      }),
    )
}

/** The stretches in which nobody speaks, longer than `leastMs`. */
export function silencesOf(
  stretches: readonly { fromMs: number; toMs: number }[],
  endMs: number,
  leastMs: number,
): { fromMs: number; toMs: number }[] {
  const silences: { fromMs: number; toMs: number }[] = []
  let quietFromMs = 0
  for (const { fromMs, toMs } of stretches.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs - quietFromMs > leastMs) silences.push({ fromMs: quietFromMs, toMs: fromMs })
    quietFromMs = Math.max(quietFromMs, toMs)
  }
  if (endMs - quietFromMs > leastMs) silences.push({ fromMs: quietFromMs, toMs: endMs })
  return silences
}

/**
 * Each turn's voice-to-voice time where it passed: it ends with the first sound of the answer, by the way of the network later
 * than the agent gave it.
 */
export function placedGaps(turns: readonly TurnView[], speech: readonly Speech[]): PlacedGap[] {
  return turns.flatMap((turn) => {
    const { gap } = turn
    if (!gap) return []
    const endMs = turn.endMs ?? Number.POSITIVE_INFINITY
    const within = beginningWithin(speech, turn.startMs - 1, endMs + 1).filter(
      ({ fromMs }) => fromMs <= endMs,
    )
    const answer = within.find(({ voice }) => voice === 'agent')
    if (answer) {
      const toMs = answer.fromMs + (turn.turn.latency.parts.network ?? 0)
      return [{ turn, fromMs: toMs - gap.totalMs, toMs }]
    }
    const asked = within.findLast(({ voice }) => voice === 'user')
    return asked ? [{ turn, fromMs: asked.toMs, toMs: asked.toMs + gap.totalMs }] : []
  })
}

/** What is wrong with a turn. */
export type TurnProblem = 'slow' | 'interrupted' | 'error' | 'low-score' | 'silence'

/** Nobody speaks for this long within a turn and beyond its wait. */
const longSilenceMs = 4000

export function problemsOf(
  turn: TurnView,
  node: SpanNode | undefined,
  speech: readonly Speech[],
): TurnProblem[] {
  const problems: TurnProblem[] = []
  if (turn.gap?.slow) problems.push('slow')
  if (turn.turn.interrupted) problems.push('interrupted')
  if (turn.turn.error !== null || node?.isError || (node?.errorsBelow ?? 0) > 0) problems.push('error')
  if (turn.scores.some(({ score }) => isLowScore(score))) problems.push('low-score')
  if (turn.endMs !== null) {
    const within = beginningWithin(speech, turn.startMs, turn.endMs)
    const waited = (turn.gap?.totalMs ?? 0) + longSilenceMs
    const silences = silencesOf(
      within.map(({ fromMs, toMs }) => ({ fromMs: fromMs - turn.startMs, toMs: toMs - turn.startMs })),
      turn.endMs - turn.startMs,
      waited,
    )
    if (within.length > 0 && silences.length > 0) problems.push('silence')
  }
  return problems
}
