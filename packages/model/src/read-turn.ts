import { booleanOf, isObject, numberOf } from './conventions/attribute-values.ts'
import type { SpanRole } from './conventions/convention.ts'
import { livekitInterrupted } from './conventions/livekit.ts'
import { askedText, lastMessageText } from './conventions/messages.ts'
import { pipecatInterrupted } from './conventions/pipecat.ts'
import { attributes as own } from './conventions/voxtrace.ts'
import type { RetrievedDocument, TokenUsage, Turn } from './conversation.ts'
import type { Json } from './json.ts'
import { readLatency } from './read-latency.ts'
import {
  agentTextOf,
  modelName,
  retrievedDocuments,
  spanInputs,
  spanOutputs,
  tokenUsage,
  userTextOf,
} from './read-span.ts'
import type { Span } from './span.ts'
import { firstSpan, type PlacedTurn, type TurnSpans } from './turn-spans.ts'
import { TurnStages } from './turn-stages.ts'

type RoleOf = (span: Span) => SpanRole | null

/** A turn before the turns of its conversation are counted. */
export interface UncountedTurn extends Omit<Turn, 'number'> {
  /** The number that its producer counted, or 0 of a greeting; null where it follows the number of the turn before it. */
  counted: number | null
}

/** Reads one turn. */
export function readTurn(spans: PlacedTurn, roleOf: RoleOf): UncountedTurn {
  const { isFirst, isLast } = spans
  const stages = new TurnStages(spans.below, roleOf)
  const number = numberOfTurn(spans.turn)
  const userText = readUserText(spans, stages, number === 0 || (isFirst && speaksUnasked(stages)))
  const agentText = readAgentText(spans, stages, roleOf)
  const speaks = agentText !== null || (spans.turn !== null && roleOf(spans.turn) === 'agent_speech')
  const greets = isFirst && userText === null && speaks && spans.answersUserTurns
  const heads = [spans.turn, spans.userTurn].filter((span) => span !== null)
  return {
    counted: number ?? (greets ? 0 : null),
    spanId: spans.spanId,
    startTimeUnixNano: firstSpan(spans)?.startTimeUnixNano ?? 0n,
    endTimeUnixNano: heads.find((span) => span.spanId === spans.spanId)?.endTimeUnixNano ?? null,
    userText,
    agentText,
    interrupted: [...heads, ...spans.steps].some((span) => isInterrupted(span, isLast)),
    documents: readDocuments(spans),
    latency: readLatency(spans, stages),
    model: readModel(spans, stages),
    tokens: readTokens(spans),
    error: readError([...heads, ...spans.below]),
  }
}

/** The number that the producer counted; null when it is none that a counter gives. */
function numberOfTurn(turn: Span | null): number | null {
  const number = turn === null ? null : numberOf(turn.attributes, own.turnNumber)
  return Number.isInteger(number) && number !== null && number >= 0 && number <= 0x7fffffff ? number : null
}

/** Whether the agent speaks though nobody was heard, as when it greets. */
function speaksUnasked(stages: TurnStages): boolean {
  return stages.of('text_to_speech').length > 0 && stages.of('speech_to_text').length === 0
}

function readUserText(spans: TurnSpans, stages: TurnStages, greeting: boolean): string | null {
  for (const head of [spans.turn, spans.userTurn]) {
    const text = head === null ? null : userTextOf(head)
    if (text !== null) return text
  }
  const heard = joinedText(transcripts(stages))
  if (heard !== null || greeting) return heard
  const asked = stages.of('llm_generation')[0]
  return asked === undefined ? null : askedText(spanInputs(asked))
}

/**
 * What was transcribed. A transcript that was not final gives way to a later one that begins with the same words; some
 * services never call one final.
 */
function transcripts(stages: TurnStages): (string | null)[] {
  const found = stages.of('speech_to_text').map((span) => ({
    text: (userTextOf(span) ?? transcriptOf(span))?.trim() ?? '',
    isFinal: booleanOf(span.attributes, 'is_final') !== false,
  }))
  return found
    .filter(
      ({ text, isFinal }, at) => isFinal || !found.slice(at + 1).some((later) => later.text.startsWith(text)),
    )
    .map(({ text }) => text)
}

function transcriptOf(span: Span): string | null {
  const outputs = spanOutputs(span)
  return isObject(outputs) ? wordsOf(outputs.transcript ?? outputs.text) : wordsOf(outputs)
}

/** A value as words: a transcript or answer such as `42` may have been taken for JSON. */
function wordsOf(value: Json | undefined): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value : null
}

function readAgentText(spans: TurnSpans, stages: TurnStages, roleOf: RoleOf): string | null {
  const whole = spans.turn === null ? null : agentTextOf(spans.turn)
  if (whole !== null) return whole
  const spoken = joinedText(stages.of('text_to_speech').map(agentTextOf))
  if (spoken !== null) return spoken
  const answers: (string | null)[] = []
  eachTopmost(spans.below, (span) => {
    if (roleOf(span) !== 'llm_generation') return false
    const text = agentTextOf(span) ?? answerOf(span)
    if (text !== null) answers.push(text)
    return text !== null
  })
  return joinedText(answers)
}

function answerOf(span: Span): string | null {
  const outputs = spanOutputs(span)
  const said = lastMessageText(outputs, 'assistant')
  if (said !== null) return said
  return isObject(outputs) ? wordsOf(outputs.response ?? outputs.text) : wordsOf(outputs)
}

function joinedText(texts: (string | null)[]): string | null {
  const said = texts.map((text) => text?.trim() ?? '').filter((text) => text !== '')
  return said.length === 0 ? null : said.join(' ')
}

function isInterrupted({ attributes }: Span, isLast: boolean): boolean {
  return (
    booleanOf(attributes, own.turnInterrupted) ??
    pipecatInterrupted(attributes, isLast) ??
    livekitInterrupted(attributes) ??
    false
  )
}

function readDocuments(spans: TurnSpans): RetrievedDocument[] {
  const documents: RetrievedDocument[] = []
  eachTopmost(spans.below, (span) => {
    const found = retrievedDocuments(span)
    documents.push(...found)
    return found.length > 0
  })
  return documents
}

function readModel(spans: TurnSpans, stages: TurnStages): string | null {
  for (const span of stages.of('llm_generation')) {
    const model = modelName(span)
    if (model !== null) return model
  }
  for (const span of spans.below) if (tokenUsage(span) !== null) return modelName(span)
  return null
}

function readTokens(spans: TurnSpans): TokenUsage | null {
  const usages: TokenUsage[] = []
  eachTopmost(spans.turn === null ? spans.below : [spans.turn, ...spans.below], (span) => {
    const usage = tokenUsage(span)
    if (usage !== null) usages.push(usage)
    return usage !== null
  })
  return usages.length === 0 ? null : usages.reduce(added)
}

function added(one: TokenUsage, other: TokenUsage): TokenUsage {
  const plus = (a: number | null, b: number | null) => (a === null ? b : a + (b ?? 0))
  return {
    inputTokens: plus(one.inputTokens, other.inputTokens),
    outputTokens: plus(one.outputTokens, other.outputTokens),
    totalTokens: plus(one.totalTokens, other.totalTokens),
    estimated: one.estimated || other.estimated,
  }
}

/**
 * Visits spans, parents before children, and leaves out all below a span for which `visit` says true: a request
 * and the attempts inside it tell the same thing, and only the outermost counts.
 */
function eachTopmost(spans: Span[], visit: (span: Span) => boolean): void {
  const counted = new Set<string>()
  for (const span of spans) {
    if ((span.parentSpanId !== null && counted.has(span.parentSpanId)) || visit(span))
      counted.add(span.spanId)
  }
}

function readError(spans: Span[]): string | null {
  for (const span of spans) {
    if (span.status.code !== 'ERROR') continue
    if (span.status.message !== '') return span.status.message
    const exception = span.events.find((event) => event.name === 'exception')?.attributes['exception.message']
    return typeof exception === 'string' && exception !== '' ? exception : `${span.name} failed`
  }
  return null
}
