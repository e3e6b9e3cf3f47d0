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

const rolesByName = new Map<string, SpanRole>([
  ['agent_session', 'conversation'],
  ['user_turn', 'user_turn'],
  ['agent_turn', 'agent_turn'],
  ['user_speaking', 'user_speech'],
  ['eou_wait', 'end_of_utterance'],
  ['llm_node', 'llm_generation'],
  ['tts_node', 'text_to_speech'],
  ['agent_speaking', 'agent_speech'],
])

const typesByName = new Map<string, string>([
  ['job_entrypoint', 'AGENT'],
  ['agent_session', 'AGENT'],
  ['user_turn', 'TASK'],
  ['agent_turn', 'CHAIN'],
  ['llm_node', 'CHAIN'],
  ['llm_request', 'CHAT_MODEL'],
  ['llm_request_run', 'CHAT_MODEL'],
  ['realtime_inference', 'CHAT_MODEL'],
  ['function_tool', 'TOOL'],
  ['judge_evaluation', 'EVALUATOR'],
])

const taskNames =
  /^(user_speaking|agent_speaking|eou_wait|eou_detection|tts_\w+|(start|drain)_agent_activity|on_enter|on_exit|on_user_turn_completed|session_(start|close)|setup_toolsets)$/

/**
 * LiveKit Agents (`telemetry/trace_types` of livekit/agents and livekit/agents-js). Content stood under `lk.` before
 * 1.7 and stands under `lk.pii.` since; both are read. Durations are seconds.
 */
export const livekitConvention: Convention = {
  name: 'livekit',
  role: (span) => rolesByName.get(span.name) ?? null,
  type: (span) => typesByName.get(span.name) ?? (taskNames.test(span.name) ? 'TASK' : null),
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
  userText: (span) => words(span.attributes, 'user_transcript') ?? words(span.attributes, 'user_input'),
  agentText: (span) => words(span.attributes, 'response.text'),
  firstOutputMs: (span) => secondsOf(span.attributes, 'lk.response.ttft', 'lk.response.ttfb'),
}

/** No agent waits longer than this for the end of a turn, so a larger number is no number of seconds. */
const longestWaitSeconds = 30

/**
 * What LiveKit measured of a turn, in milliseconds from the end of the user's speech. Versions differ in whether it
 * stands on the agent's or the user's span, and in the unit: Python tells these delays in seconds, JavaScript up to 1.9
 * in milliseconds.
 */
export function livekitDelays(
  agentTurn: JsonObject,
  userTurn: JsonObject,
): { transcriptionMs: number | null; endOfTurnMs: number | null; endToEndMs: number | null } {
  const seconds = (key: string) => secondsOf(agentTurn, key) ?? secondsOf(userTurn, key)
  const endOfTurn = seconds('lk.end_of_turn_delay')
  const transcription = seconds('lk.transcription_delay')
  const divisor = Math.max(endOfTurn ?? 0, transcription ?? 0) > longestWaitSeconds * 1000 ? 1000 : 1
  return {
    transcriptionMs: transcription === null ? null : transcription / divisor,
    endOfTurnMs: endOfTurn === null ? null : endOfTurn / divisor,
    endToEndMs: seconds('lk.e2e_latency'),
  }
}

/** Whether the user's turn came to nothing: it ended without a transcript, as on noise. */
export function livekitHeardNothing(userTurn: Span): boolean {
  return userTurn.endTimeUnixNano !== null && words(userTurn.attributes, 'user_transcript') === null
}

/**
 * Whether the agent's turn was given up before it was heard. LiveKit begins an answer while it still waits for the end
 * of the turn, and begins another when the user goes on.
 */
export function livekitGivenUp(agentTurn: Span): boolean {
  return (
    livekitInterrupted(agentTurn.attributes) === true && words(agentTurn.attributes, 'response.text') === null
  )
}

/** Whether the agent's turn says what it answers. */
export function livekitAnswersText(agentTurn: Span): boolean {
  return words(agentTurn.attributes, 'user_input') !== null
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

function words(attributes: JsonObject, name: string): string | null {
  return textOf(attributes, `lk.pii.${name}`, `lk.${name}`)
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
