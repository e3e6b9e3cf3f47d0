import { type LatencyPart, latencyParts, type TurnLatency } from './latency.ts'

/** Spans tell when these end; the way of the sound to the user and back lies outside of them. */
type PartOfSpans = Exclude<LatencyPart, 'first_audio' | 'network'>

/** Moments of one turn, in nanoseconds since the epoch; null where unknown. Each part of the latency ends at one. */
export interface TurnMoments {
  /** The end of the user's speech, from which everything counts. */
  speechEnd: bigint | null
  ends: Partial<Record<PartOfSpans, bigint | null>>
  firstAudio: bigint | null
}

/**
 * Cuts the voice-to-voice time of a turn into its parts.
 *
 * A part lasts from the end of the part before it that is known to its own end. Work that was done ahead, such as a
 * transcription that was ready before the end of the turn was certain, took no time of its own and is 0. Parts are
 * rounded to the microsecond, and sum to the whole to the microsecond.
 *
 * @param measuredMs the whole as the producer measured it, in milliseconds, which then decides
 */
export function latencyOfMoments(moments: TurnMoments, measuredMs: number | null): TurnLatency {
  const origin = originOf(moments, measuredMs)
  const audio =
    origin === null || moments.firstAudio === null ? null : milliseconds(moments.firstAudio - origin)
  const total = measuredMs ?? audio
  if (total !== null && total < 0) return { voiceToVoiceMs: null, parts: {} }
  const parts: TurnLatency['parts'] = {}
  if (origin === null) return { voiceToVoiceMs: total, parts }
  let passed = 0
  let known = false
  for (const part of latencyParts) {
    if (part === 'first_audio' || part === 'network') continue
    const end = moments.ends[part] ?? null
    if (end === null) continue
    const until = Math.max(passed, Math.min(milliseconds(end - origin), total ?? Number.POSITIVE_INFINITY))
    parts[part] = rounded(until - passed)
    passed = until
    known = true
  }
  if (known && total !== null) parts.first_audio = rounded(total - passed)
  return { voiceToVoiceMs: total, parts }
}

function originOf(moments: TurnMoments, measuredMs: number | null): bigint | null {
  if (measuredMs !== null && moments.firstAudio !== null) {
    return moments.firstAudio - BigInt(Math.round(measuredMs * 1e6))
  }
  return moments.speechEnd
}

function milliseconds(nanoseconds: bigint): number {
  return rounded(Number(nanoseconds) / 1e6)
}

function rounded(value: number): number {
  return Math.round(value * 1e3) / 1e3
}
