import type { Json, JsonObject } from '../json.ts'
import type { Span } from '../span.ts'
import {
  booleanOf,
  firstValue,
  isObject,
  numberOf,
  parsed,
  parsedStructure,
  secondsOf,
  textOf,
} from './attribute-values.ts'
import { type Convention, type SpanRole, tokens } from './convention.ts'

const rolesByName: Record<string, SpanRole> = {
  agent_session: 'conversation',
  user_turn: 'user_turn',
  agent_turn: 'agent_turn',
  user_speaking: 'user_speech',
  eou_wait: 'end_of_utterance',
  llm_node: 'llm_generation',
  tts_node: 'text_to_speech',
  agent_speaking: 'agent_speech',
}

const typesByName: Record<string, string> = {
  job_entrypoint: 'AGENT',
  agent_session: 'AGENT',
  user_turn: 'TASK',
  agent_turn: 'CHAIN',
  llm_node: 'CHAIN',
  llm_request: 'CHAT_MODEL',
  llm_request_run: 'CHAT_MODEL',
  realtime_inference: 'CHAT_MODEL',
  function_tool: 'TOOL',
  judge_evaluation: 'EVALUATOR',
}

const taskNames =
  /^(user_speaking|agent_speaking|eou_wait|eou_detection|tts_\w+|start_agent_activity|drain_agent_activity|on_enter|on_exit)$/

/**
 * LiveKit Agents (`telemetry/trace_types` of livekit/agents and livekit/agents-js). Content stood under `lk.` before
 * 1.7 and stands under `lk.pii.` since; both are read. Durations are seconds.
 */
export const livekitConvention: Convention = {
  name: 'livekit',
  role: (span) => rolesByName[span.name] ?? null,
  type: (span) => typesByName[span.name] ?? (taskNames.test(span.name) ? 'TASK' : null),
  inputs: (span) => {
    const chat = content(span.attributes, 'chat_ctx')
    if (chat !== undefined) return { messages: isObject(chat) ? (chat.items ?? chat) : chat }
    const user = content(span.attributes, 'user_input')
    if (user !== undefined) return { messages: [{ role: 'user', content: user }] }
    return content(span.attributes, 'function_tool.arguments') ?? content(span.attributes, 'input_text')
  },
  outputs: (span) => {
    const text = content(span.attributes, 'response.text')
    if (text !== undefined) return { messages: [{ role: 'assistant', content: text }] }
    return (
      content(span.attributes, 'function_tool.output') ??
      content(span.attributes, 'response.function_calls') ??
      content(span.attributes, 'user_transcript')
    )
  },
  tokens: (span) => {
    const metrics = metricsOf(span.attributes)
    if (metrics === null) return null
    return tokens(
      numberOf(metrics, 'prompt_tokens', 'promptTokens', 'input_tokens', 'inputTokens'),
      numberOf(metrics, 'completion_tokens', 'completionTokens', 'output_tokens', 'outputTokens'),
      numberOf(metrics, 'total_tokens', 'totalTokens'),
    )
  },
  sessionId: (span) => textOf(span.attributes, 'lk.room_sid', 'lk.job_id'),
  userId: (span) => textOf(span.attributes, 'lk.pii.participant_identity', 'lk.participant_identity'),
  userText: (span) => {
    const text = content(span.attributes, 'user_transcript') ?? content(span.attributes, 'user_input')
    return typeof text === 'string' && text.trim() !== '' ? text : null
  },
  agentText: (span) => {
    const text = content(span.attributes, 'response.text')
    return typeof text === 'string' && text.trim() !== '' ? text : null
  },
  firstOutputMs: (span) => secondsOf(span.attributes, 'lk.response.ttft', 'lk.response.ttfb'),
}

/**
 * What LiveKit measured of a turn, in milliseconds from the end of the user's speech. Versions differ in whether it
 * stands on the agent's or the user's span.
 */
export function livekitDelays(
  agentTurn: JsonObject,
  userTurn: JsonObject,
): { transcriptionMs: number | null; endOfTurnMs: number | null; endToEndMs: number | null } {
  const delay = (key: string) => secondsOf(agentTurn, key) ?? secondsOf(userTurn, key)
  return {
    transcriptionMs: delay('lk.transcription_delay'),
    endOfTurnMs: delay('lk.end_of_turn_delay'),
    endToEndMs: delay('lk.e2e_latency'),
  }
}

export function livekitInterrupted(attributes: JsonObject): boolean | null {
  return booleanOf(attributes, 'lk.interrupted')
}

/** The speech that an agent's turn belongs to; a speech with tool calls has had several in older versions. */
export function livekitSpeechId(agentTurn: Span): string | null {
  return textOf(agentTurn.attributes, 'lk.speech_id')
}

/** Whether the span is work that stands directly under an agent's turn. */
export function isLivekitAnswer(span: Span): boolean {
  return span.name === 'llm_node' || span.name === 'tts_node'
}

function content(attributes: JsonObject, name: string): Json | undefined {
  const value = firstValue(attributes, `lk.pii.${name}`, `lk.${name}`)
  return value === undefined ? undefined : parsedStructure(value)
}

function metricsOf(attributes: JsonObject): JsonObject | null {
  const value = firstValue(attributes, 'lk.llm_metrics', 'lk.realtime_model_metrics')
  const decoded = value === undefined ? undefined : parsed(value)
  return isObject(decoded) ? decoded : null
}
