import { type LatencyPart, latencyParts, type TurnLatency } from '@voxtrace/model'

export const latencyPartLabels: Record<LatencyPart, string> = {
  end_of_utterance: 'End-of-utterance wait',
  speech_to_text: 'Transcription',
  rag_retrieval: 'Retrieval',
  first_token: 'First token',
  first_clause: 'First clause',
  first_audio: 'First audio',
  network: 'Network',
}

/** The properties of the style sheet that have their colours. */
export const latencyPartColours = {
  end_of_utterance: '--span-eou',
  speech_to_text: '--span-stt',
  rag_retrieval: '--span-rag',
  first_token: '--span-llm',
  first_clause: '--span-clause',
  first_audio: '--span-tts',
  network: '--span-network',
} as const satisfies Record<LatencyPart, string>

/** Voice-to-voice times from this one on are called slow, in milliseconds. */
export const slowFromMs = 2000

interface GapPart {
  part: LatencyPart
  label: string
  ms: number
}

/** One voice-to-voice time taken apart, as the gap bar draws it. */
export interface Gap {
  /** What the bar's length stands for: the measured time, or the sum of the parts when it was not measured. */
  totalMs: number
  parts: GapPart[]
  /** Measured time that no part accounts for. */
  unexplainedMs: number
  slow: boolean
}

/** Null when nothing at all was measured. */
export function gapOf(latency: TurnLatency | null): Gap | null {
  if (!latency) return null
  const parts = latencyParts.flatMap((part) => {
    const ms = latency.parts[part]
    return ms === undefined ? [] : [{ part, label: latencyPartLabels[part], ms }]
  })
  const sum = parts.reduce((total, { ms }) => total + ms, 0)
  const totalMs = latency.voiceToVoiceMs ?? sum
  if (latency.voiceToVoiceMs === null && parts.length === 0) return null
  return { totalMs, parts, unexplainedMs: Math.max(0, totalMs - sum), slow: totalMs >= slowFromMs }
}

/** The middle value (the mean of the middle two), or null of nothing. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 0
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0
  return (upper + lower) / 2
}
