import type { Json, JsonObject } from '../json.ts'
import type { Span } from '../span.ts'
import { booleanOf, firstValue, parsedStructure, secondsOf, textOf } from './attribute-values.ts'
import type { Convention, SpanRole } from './convention.ts'

/** Names of service spans: `stt` of today, `stt_deepgramsttservice` of older versions, and realtime models' answers. */
const serviceName = /^(?:(stt|llm|tts)(?:_\w*service)?|(llm)_(?:request|response))$/

/** Pipecat (pipecat-ai/pipecat, `src/pipecat/utils/tracing`). Durations are seconds. */
export const pipecatConvention: Convention = {
  name: 'pipecat',
  role: (span) => {
    if (span.name === 'conversation') return 'conversation'
    if (/^turn(-\d+)?$/.test(span.name)) return 'turn'
    return roleOfService(service(span))
  },
  type: (span) => {
    if (span.name === 'llm_tool_call' || span.name === 'llm_tool_result') return 'TOOL'
    if (textOf(span.attributes, 'tool.function_name') !== null) return 'TOOL'
    const kind = service(span)
    if (kind === 'llm') return 'CHAT_MODEL'
    if (kind !== null) return 'TASK'
    return /^turn-\d+$/.test(span.name) ? 'CHAIN' : null
  },
  inputs: (span) => {
    const messages = structure(span.attributes, 'input')
    if (Array.isArray(messages)) return { messages }
    const arguments_ = structure(span.attributes, 'tool.arguments')
    if (messages !== undefined || arguments_ !== undefined) return messages ?? arguments_
    return service(span) === 'tts' ? structure(span.attributes, 'text') : undefined
  },
  outputs: (span) => {
    const kind = service(span)
    if (kind === null) return structure(span.attributes, 'tool.result')
    if (kind === 'llm') {
      const text = textOf(span.attributes, 'output', 'text_output')
      if (text !== null) return { messages: [{ role: 'assistant', content: text }] }
    }
    return structure(span.attributes, 'tool.result', 'transcript')
  },
  sessionId: (span) => textOf(span.attributes, 'conversation.id'),
  userId: (span) => (service(span) === 'stt' ? textOf(span.attributes, 'user_id') : null),
  userText: (span) => {
    if (booleanOf(span.attributes, 'transcript.is_input') === false) return null
    return service(span) === null ? null : textOf(span.attributes, 'transcript')
  },
  agentText: (span) => {
    if (service(span) === 'tts') return textOf(span.attributes, 'text')
    return service(span) === 'llm' ? textOf(span.attributes, 'output', 'text_output') : null
  },
  firstOutputMs: (span) => secondsOf(span.attributes, 'metrics.ttfb'),
}

/** The user-to-agent time that Pipecat measures itself, in milliseconds. */
export function pipecatVoiceToVoiceMs(attributes: JsonObject): number | null {
  return secondsOf(attributes, 'turn.user_bot_latency_seconds')
}

/**
 * Whether the user cut the turn short. The end of the conversation, which Pipecat counts as such, does not: it says so
 * in `turn.ended_by_conversation_end`, or says nothing and sends no turn after it.
 *
 * @param isLast whether the conversation ended with this turn
 */
export function pipecatInterrupted(attributes: JsonObject, isLast: boolean): boolean | null {
  const interrupted = booleanOf(attributes, 'turn.was_interrupted')
  if (interrupted === null || !interrupted) return interrupted
  return !isLast && booleanOf(attributes, 'turn.ended_by_conversation_end') !== true
}

/** Whether Pipecat counted the turn. It counts the agent's greeting as turn 1. */
export function isCountedByPipecat(turn: Span): boolean {
  return textOf(turn.attributes, 'turn.type') !== null
}

function service(span: Span): 'stt' | 'llm' | 'tts' | null {
  const match = serviceName.exec(span.name)
  const kind = match?.[1] ?? match?.[2]
  return kind === 'stt' || kind === 'llm' || kind === 'tts' ? kind : null
}

function roleOfService(kind: 'stt' | 'llm' | 'tts' | null): SpanRole | null {
  if (kind === 'stt') return 'speech_to_text'
  if (kind === 'llm') return 'llm_generation'
  return kind === 'tts' ? 'text_to_speech' : null
}

function structure(attributes: JsonObject, ...keys: string[]): Json | undefined {
  const value = firstValue(attributes, ...keys)
  return value === undefined ? undefined : parsedStructure(value)
}
