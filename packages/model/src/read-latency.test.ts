import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latencyParts, type TurnLatency } from './latency.ts'
import { readConversation } from './read-conversation.ts'
import { span } from './span.test.builder.ts'

/** The sum of the parts in the order in which they pass. */
function sumOf(latency: TurnLatency): number {
  return latencyParts.reduce((sum, part) => sum + (latency.parts[part] ?? 0), 0)
}

describe('the latency of a turn', () => {
  it('gives parts that sum to the whole, work done ahead taking none of it', () => {
    const turn = readConversation([
      span('t1', 'turn', 0, 3000, null, { 'turn.number': 1 }),
      span('u1', 'user_speech', 0, 1000, 't1'),
      span('s1', 'speech_to_text', 1032, 1150, 't1'),
      span('r1', 'rag_retrieval', 1150, 1154.321, 't1'),
      span('e1', 'end_of_utterance', 1000, 1250, 't1'),
      span('l1', 'llm_generation', 1155, 1600, 't1', { 'llm.ttft_ms': 120.77 }),
      span('v1', 'text_to_speech', 1280.5, 1700, 't1'),
      span('a1', 'agent_speech', 1392.125, 3000, 't1'),
    ])?.turns[0]
    expect(turn?.latency).toEqual({
      voiceToVoiceMs: 392.125,
      parts: {
        end_of_utterance: 250,
        speech_to_text: 0,
        rag_retrieval: 0,
        first_token: 25.77,
        first_clause: 4.73,
        first_audio: 111.625,
      },
    })
  })

  it('gives parts that sum to the whole whatever the times are', () => {
    const time = fc.integer({ min: 0, max: 5_000_000 }).map((microseconds) => microseconds / 1000)
    fc.assert(
      fc.property(
        fc.record({
          eou: time,
          stt: time,
          rag: time,
          ttft: time,
          tts: time,
          audio: time,
          measured: fc.option(time),
        }),
        (at) => {
          const turn = readConversation([
            span(
              't1',
              'turn',
              0,
              20_000,
              null,
              at.measured === null ? {} : { 'turn.voice_to_voice_ms': at.measured },
            ),
            span('u1', 'user_speech', 0, 1000, 't1'),
            span('e1', 'end_of_utterance', 1000, 1000 + at.eou, 't1'),
            span('s1', 'speech_to_text', 1000, 1000 + at.stt, 't1'),
            span('r1', 'rag_retrieval', 1000, 1000 + at.rag, 't1'),
            span('l1', 'llm_generation', 1000, 9000, 't1', { 'llm.ttft_ms': at.ttft }),
            span('v1', 'text_to_speech', 1000 + at.tts, 9000, 't1'),
            span('a1', 'agent_speech', 1000 + at.audio, 9000, 't1'),
          ])?.turns[0]
          expect(turn?.latency.voiceToVoiceMs).toBe(at.measured ?? at.audio)
          expect(Object.keys(turn?.latency.parts ?? {})).toEqual(
            latencyParts.filter((part) => part !== 'network'),
          )
          expect(Object.values(turn?.latency.parts ?? {}).every((part) => part >= 0)).toBe(true)
          expect(sumOf(turn?.latency ?? { voiceToVoiceMs: 0, parts: {} })).toBeCloseTo(
            at.measured ?? at.audio,
            3,
          )
        },
      ),
    )
  })
})
