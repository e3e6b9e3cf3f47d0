import type { LatencyPart, TurnLatency } from '@voxtrace/model'

/** When things happened in a turn, milliseconds since the epoch; null when they did not. */
export interface TurnMoments {
  speechEndMs: number | null
  /** When silence had lasted long enough to count as an end of speech. */
  speechEndDetectedMs: number | null
  transcriptReadyMs: number | null
  /** When the turn was given to the agent. */
  committedMs: number | null
  retrievedMs: number | null
  firstTokenMs: number | null
  firstClauseMs: number | null
  firstAudibleMs: number | null
}

/** A transcript that came this close before the turn was given over was what the turn waited for. */
const waitedForTranscriptMs = 25
/** Times are kept in eighths of a millisecond, which binary fractions add without error. */
const eighths = (ms: number) => Math.round(ms * 8) / 8

/**
 * Splits a turn's voice-to-voice time into what was waited for, in the model's order. Work that overlapped
 * earlier waiting counts only from where that waiting ended, so the parts sum to the whole exactly.
 *
 * @param roundTripMs how long sound takes from the user to here and back; null when nobody has measured it
 */
export function turnLatency(moments: TurnMoments, roundTripMs: number | null): TurnLatency {
  const { speechEndMs, committedMs, transcriptReadyMs, firstAudibleMs } = moments
  if (speechEndMs === null || firstAudibleMs === null || firstAudibleMs < speechEndMs)
    return { voiceToVoiceMs: null, parts: {} }
  const waitedForTranscript =
    transcriptReadyMs !== null &&
    committedMs !== null &&
    committedMs - transcriptReadyMs < waitedForTranscriptMs &&
    moments.speechEndDetectedMs !== null &&
    transcriptReadyMs > moments.speechEndDetectedMs
  const ends: [LatencyPart, number | null][] = [
    ['end_of_utterance', waitedForTranscript ? moments.speechEndDetectedMs : committedMs],
    ['speech_to_text', waitedForTranscript ? committedMs : transcriptReadyMs],
    ['rag_retrieval', moments.retrievedMs],
    ['first_token', moments.firstTokenMs],
    ['first_clause', moments.firstClauseMs],
    ['first_audio', firstAudibleMs],
  ]
  const parts: Partial<Record<LatencyPart, number>> = {}
  const withinMs = eighths(firstAudibleMs - speechEndMs)
  let reached = 0
  for (const [part, endMs] of ends) {
    if (endMs === null) continue
    const end = Math.min(Math.max(eighths(endMs - speechEndMs), reached), withinMs)
    parts[part] = end - reached
    reached = end
  }
  if (roundTripMs === null) return { voiceToVoiceMs: withinMs, parts }
  parts.network = eighths(roundTripMs)
  return { voiceToVoiceMs: withinMs + parts.network, parts }
}
