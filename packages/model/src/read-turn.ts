import { booleanOf, numberOf } from './conventions/attribute-values.ts'
import type { SpanRole } from './conventions/convention.ts'
import { livekitDelays } from './conventions/livekit.ts'
import { askedText, lastMessageText } from './conventions/messages.ts'
import { pipecatInterrupted, pipecatVoiceToVoiceMs } from './conventions/pipecat.ts'
import { attributes as own } from './conventions/voxtrace.ts'
import type { RetrievedDocument, TokenUsage, Turn } from './conversation.ts'
import { latencyParts, type TurnLatency } from './latency.ts'
import {
  agentTextOf,
  firstOutputMs,
  modelName,
  retrievedDocuments,
  spanInputs,
  spanOutputs,
  tokenUsage,
  userTextOf,
} from './read-span.ts'
import type { Span } from './span.ts'
import { byStart } from './span-tree.ts'
import { latencyOfMoments } from './turn-latency.ts'
import { firstSpan, type TurnSpans } from './turn-spans.ts'

type RoleOf = (span: Span) => SpanRole | null

/** Reads one turn. `previous` is the number of the turn before it, or null for the first. */
export function readTurn(spans: TurnSpans, previous: number | null, roleOf: RoleOf): Turn {
  const stages = new Stages(spans.below, roleOf)
  const userText = readUserText(spans, stages)
  const agentText = readAgentText(spans, stages)
  const heads = [spans.turn, spans.userTurn].filter((span) => span !== null)
  const given = spans.turn === null ? null : numberOf(spans.turn.attributes, own.turnNumber)
  const greets =
    previous === null && userText === null && agentText !== null && spans.turn?.name === 'agent_turn'
  return {
    number: given ?? (greets ? 0 : (previous ?? 0) + 1),
    spanId: spans.spanId,
    startTimeUnixNano: firstSpan(spans)?.startTimeUnixNano ?? 0n,
    endTimeUnixNano: (spans.turn ?? spans.userTurn)?.endTimeUnixNano ?? null,
    userText,
    agentText,
    interrupted:
      heads.some(isInterrupted) ||
      spans.below.some((span) => roleOf(span) === 'agent_turn' && isInterrupted(span)),
    documents: readDocuments(spans),
    latency: readLatency(spans, stages),
    model:
      stages
        .of('llm_generation')
        .map(modelName)
        .find((model) => model !== null) ?? modelBelow(spans.below),
    tokens: readTokens(spans),
    error: readError([...heads, ...spans.below]),
  }
}

/** The spans of a turn by their role, each list in the order of starting. */
class Stages {
  readonly #byRole = new Map<SpanRole, Span[]>()

  constructor(spans: Span[], roleOf: RoleOf) {
    for (const span of spans) {
      const role = roleOf(span)
      if (role === null) continue
      const list = this.#byRole.get(role)
      if (list === undefined) this.#byRole.set(role, [span])
      else list.push(span)
    }
    for (const list of this.#byRole.values()) list.sort(byStart)
  }

  of(role: SpanRole): Span[] {
    return this.#byRole.get(role) ?? []
  }

  first(role: SpanRole): Span | null {
    return this.of(role)[0] ?? null
  }

  /** When the last span of the role ended; null while none has. */
  lastEnd(role: SpanRole): bigint | null {
    let last: bigint | null = null
    for (const { endTimeUnixNano: end } of this.of(role)) {
      if (end !== null && (last === null || end > last)) last = end
    }
    return last
  }

  /** When the first output of the first span of the role came. */
  firstOutput(role: SpanRole): bigint | null {
    for (const span of this.of(role)) {
      const after = firstOutputMs(span)
      if (after !== null) return span.startTimeUnixNano + BigInt(Math.round(after * 1e6))
    }
    return null
  }
}

function readUserText(spans: TurnSpans, stages: Stages): string | null {
  for (const head of [spans.turn, spans.userTurn]) {
    const text = head === null ? null : userTextOf(head)
    if (text !== null) return text
  }
  const heard = stages.of('speech_to_text').map((span) => userTextOf(span) ?? transcriptOf(span))
  const joined = joinedText(heard)
  if (joined !== null || spans.turn?.attributes[own.turnNumber] === 0) return joined
  const asked = stages.first('llm_generation')
  return asked === null ? null : askedText(spanInputs(asked))
}

function transcriptOf(span: Span): string | null {
  const outputs = spanOutputs(span)
  if (typeof outputs === 'string') return outputs
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) return null
  const text = outputs.transcript ?? outputs.text
  return typeof text === 'string' ? text : null
}

function readAgentText(spans: TurnSpans, stages: Stages): string | null {
  const own = spans.turn === null ? null : agentTextOf(spans.turn)
  if (own !== null) return own
  const spoken = joinedText(stages.of('text_to_speech').map(agentTextOf))
  if (spoken !== null) return spoken
  return joinedText(
    stages
      .of('llm_generation')
      .map((span) => agentTextOf(span) ?? lastMessageText(spanOutputs(span), 'assistant')),
  )
}

function joinedText(texts: (string | null)[]): string | null {
  const said = texts.filter((text) => text !== null && text.trim() !== '').map((text) => text?.trim())
  return said.length === 0 ? null : said.join(' ')
}

function isInterrupted(span: Span): boolean {
  return (
    booleanOf(span.attributes, own.turnInterrupted) ??
    pipecatInterrupted(span.attributes) ??
    booleanOf(span.attributes, 'lk.interrupted') ??
    false
  )
}

function readDocuments(spans: TurnSpans): RetrievedDocument[] {
  const documents: RetrievedDocument[] = []
  eachTopmost(spans, (span) => {
    const found = retrievedDocuments(span)
    documents.push(...found)
    return found.length > 0
  })
  return documents
}

function readTokens(spans: TurnSpans): TokenUsage | null {
  let sum: TokenUsage | null = null
  eachTopmost(spans, (span) => {
    const usage = tokenUsage(span)
    if (usage !== null) sum = sum === null ? usage : added(sum, usage)
    return usage !== null
  })
  return sum
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

/** Visits spans from the top, and leaves out all below a span for which `visit` says true, which already counts them. */
function eachTopmost(spans: TurnSpans, visit: (span: Span) => boolean): void {
  const counted = new Set<string>()
  for (const span of spans.turn === null ? spans.below : [spans.turn, ...spans.below]) {
    if ((span.parentSpanId !== null && counted.has(span.parentSpanId)) || visit(span))
      counted.add(span.spanId)
  }
}

function modelBelow(below: Span[]): string | null {
  for (const span of below) if (tokenUsage(span) !== null) return modelName(span)
  return null
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

function readLatency(spans: TurnSpans, stages: Stages): TurnLatency {
  const recorded = spans.turn === null ? null : recordedLatency(spans.turn)
  if (recorded !== null) return recorded
  const delays = [spans.turn, spans.userTurn].map((span) => livekitDelays(span?.attributes ?? {}))
  const endOfTurnMs = delays.map((each) => each.endOfTurnMs).find((ms) => ms !== null) ?? null
  const transcriptionMs = delays.map((each) => each.transcriptionMs).find((ms) => ms !== null) ?? null
  const endToEndMs = delays.map((each) => each.endToEndMs).find((ms) => ms !== null) ?? null
  const turn = spans.turn?.attributes ?? {}
  const measured = numberOf(turn, own.turnVoiceToVoiceMs) ?? pipecatVoiceToVoiceMs(turn) ?? endToEndMs

  const firstAudio = stages.first('agent_speech')?.startTimeUnixNano ?? stages.firstOutput('text_to_speech')
  const decided = spans.userTurn?.endTimeUnixNano ?? null
  const speechEnd =
    stages.lastEnd('user_speech') ??
    (decided !== null && endOfTurnMs !== null ? decided - nanoseconds(endOfTurnMs) : null)
  const origin = measured !== null && firstAudio !== null ? firstAudio - nanoseconds(measured) : speechEnd
  const after = (ms: number | null) => (ms === null || origin === null ? null : origin + nanoseconds(ms))
  const answerStart =
    stages.first('rag_retrieval')?.startTimeUnixNano ?? stages.first('llm_generation')?.startTimeUnixNano
  const waits =
    endOfTurnMs === null && stages.first('end_of_utterance') === null && stages.first('user_speech') === null
  const transcribed =
    stages
      .of('speech_to_text')
      .map(firstOutputMs)
      .findLast((ms) => ms !== null) ?? null
  return latencyOfMoments(
    {
      speechEnd,
      firstAudio,
      ends: {
        end_of_utterance: waits
          ? answerStart === undefined
            ? null
            : answerStart - nanoseconds(transcribed ?? 0)
          : (stages.lastEnd('end_of_utterance') ?? after(endOfTurnMs)),
        speech_to_text: waits
          ? transcribed === null
            ? null
            : (answerStart ?? null)
          : (stages.lastEnd('speech_to_text') ?? after(transcriptionMs)),
        rag_retrieval: stages.lastEnd('rag_retrieval'),
        first_token: stages.firstOutput('llm_generation'),
        first_clause: stages.first('text_to_speech')?.startTimeUnixNano ?? null,
      },
    },
    measured,
  )
}

/** The latency as Voxtrace's own attributes record it; null when they record no parts. */
function recordedLatency(turn: Span): TurnLatency | null {
  const parts: TurnLatency['parts'] = {}
  for (const part of latencyParts) {
    const ms = numberOf(turn.attributes, `${own.turnLatencyPrefix}${part}_ms`)
    if (ms !== null) parts[part] = ms
  }
  if (Object.keys(parts).length === 0) return null
  return { voiceToVoiceMs: numberOf(turn.attributes, own.turnVoiceToVoiceMs), parts }
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6))
}
