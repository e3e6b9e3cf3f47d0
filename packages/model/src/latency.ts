/**
 * The parts of a turn's voice-to-voice time, in the order in which they pass. Every view draws them in this
 * order, and those that are known sum to `voiceToVoiceMs`.
 */
export const latencyParts = [
  'end_of_utterance',
  'speech_to_text',
  'rag_retrieval',
  'first_token',
  'first_clause',
  'first_audio',
  'network',
] as const

export type LatencyPart = (typeof latencyParts)[number]

export interface TurnLatency {
  /** From the end of the user's speech to the first audible sound of the answer, as the user hears it where `network` is known. */
  voiceToVoiceMs: number | null
  /** What is not known is absent. */
  parts: Partial<Record<LatencyPart, number>>
}
