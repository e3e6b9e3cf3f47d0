import { millisecondsOf } from './conventions/attribute-values.ts'
import { livekitDelays } from './conventions/livekit.ts'
import { pipecatVoiceToVoiceMs } from './conventions/pipecat.ts'
import { attributes as own } from './conventions/voxtrace.ts'
import { latencyParts, type TurnLatency } from './latency.ts'
import { firstOutputMs } from './read-span.ts'
import type { Span } from './span.ts'
import { latencyOfMoments, type TurnMoments } from './turn-latency.ts'
import type { TurnSpans } from './turn-spans.ts'
import { nanoseconds, type TurnStages } from './turn-stages.ts'

/**
 * Reads where the time of a turn went: from Voxtrace's own attributes when they tell, else from what the producer
 * measured and from when the spans of the turn began and ended.
 */
export function readLatency(spans: TurnSpans, stages: TurnStages): TurnLatency {
  const recorded = spans.turn === null ? null : recordedLatency(spans.turn)
  if (recorded !== null) return recorded
  const turn = spans.turn?.attributes ?? {}
  const user = spans.userTurn?.attributes ?? {}
  const delays = livekitDelays(turn, user)
  const measured =
    millisecondsOf(turn, own.turnVoiceToVoiceMs) ?? pipecatVoiceToVoiceMs(turn) ?? delays.endToEndMs
  const decided = spans.userTurn?.endTimeUnixNano ?? null
  const firstAudio = stages.firstStart('agent_speech') ?? stages.firstOutput('text_to_speech')
  const moments: TurnMoments = {
    speechEnd:
      stages.lastEnd('user_speech') ??
      stages.lastStart('end_of_utterance') ??
      (decided === null || delays.endOfTurnMs === null ? null : decided - nanoseconds(delays.endOfTurnMs)),
    firstAudio,
    ends: {
      rag_retrieval: stages.lastEnd('rag_retrieval'),
      first_token: stages.firstOutput('llm_generation'),
      first_clause: stages.firstStart('text_to_speech'),
    },
  }
  const knowsSpeechEnd = moments.speechEnd !== null
  if (knowsSpeechEnd || delays.endOfTurnMs !== null) {
    const origin =
      measured !== null && firstAudio !== null ? firstAudio - nanoseconds(measured) : moments.speechEnd
    const after = (ms: number | null) => (ms === null || origin === null ? null : origin + nanoseconds(ms))
    moments.ends.end_of_utterance = stages.lastEnd('end_of_utterance') ?? after(delays.endOfTurnMs)
    moments.ends.speech_to_text = stages.lastEnd('speech_to_text') ?? after(delays.transcriptionMs)
  } else Object.assign(moments.ends, waitBeforeAnswer(stages))
  return latencyOfMoments(moments, measured)
}

/**
 * What passes before the answer is begun when no span tells when the user stopped speaking, as in Pipecat: it waits for
 * the end of the turn and then, for as long as the transcriber says it took, for the transcript.
 */
function waitBeforeAnswer(stages: TurnStages): TurnMoments['ends'] {
  const answer = stages.firstStart('rag_retrieval') ?? stages.firstStart('llm_generation')
  if (answer === null) return {}
  const transcribing =
    stages
      .of('speech_to_text')
      .map(firstOutputMs)
      .findLast((ms) => ms !== null) ?? null
  if (transcribing === null) return { end_of_utterance: answer }
  return { end_of_utterance: answer - nanoseconds(transcribing), speech_to_text: answer }
}

/** The latency as Voxtrace's own attributes record it; null when they record no parts. */
function recordedLatency(turn: Span): TurnLatency | null {
  const parts: TurnLatency['parts'] = {}
  for (const part of latencyParts) {
    const ms = millisecondsOf(turn.attributes, `${own.turnLatencyPrefix}${part}_ms`)
    if (ms !== null) parts[part] = ms
  }
  if (Object.keys(parts).length === 0) return null
  return { voiceToVoiceMs: millisecondsOf(turn.attributes, own.turnVoiceToVoiceMs), parts }
}
