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

  it('counts from the end of the speech, although the wait for its end is told to begin later', () => {
    const turn = readConversation([
      span('t1', 'turn', 0, 3000, null, { 'turn.number': 1 }),
      span('u1', 'user_speech', 0, 900, 't1'),
      span('e1', 'end_of_utterance', 1000, 1250, 't1'),
      span('a1', 'agent_speech', 1400, 3000, 't1'),
    ])?.turns[0]
    expect(turn?.latency).toEqual({
      voiceToVoiceMs: 500,
      parts: { end_of_utterance: 350, first_audio: 150 },
    })
  })

  it('counts from where the wait for the end begins when no span tells of the speech', () => {
    const turn = readConversation([
      span('t1', 'turn', 0, 3000, null, { 'turn.number': 1 }),
      span('e0', 'end_of_utterance', 400, 600, 't1'),
      span('e1', 'end_of_utterance', 1000, 1250, 't1'),
      span('a1', 'agent_speech', 1400, 3000, 't1'),
    ])?.turns[0]
    expect(turn?.latency).toEqual({
      voiceToVoiceMs: 400,
      parts: { end_of_utterance: 250, first_audio: 150 },
    })
  })

  it('takes the last transcription for what the answer waited for, where no span tells of the speech', () => {
    const turn = readConversation([
      span('t1', 'turn', 0, 4000, 'c', { 'turn.number': 1, 'turn.user_bot_latency_seconds': 0.9 }),
      span('s1', 'stt', 0, 900, 't1', { transcript: 'Where is', is_final: true, 'metrics.ttfb': 0.4 }),
      span('s2', 'stt', 900, 1300, 't1', { transcript: 'my parcel?', is_final: true, 'metrics.ttfb': 0.1 }),
      span('l1', 'llm', 1400, 2000, 't1', { 'gen_ai.operation.name': 'chat', 'metrics.ttfb': 0.2 }),
      span('v1', 'tts', 1700, 2400, 't1', { text: 'On its way.', 'metrics.ttfb': 0.1 }),
    ])?.turns[0]
    expect(turn?.latency).toEqual({
      voiceToVoiceMs: 900,
      parts: {
        end_of_utterance: 400,
        speech_to_text: 100,
        first_token: 200,
        first_clause: 100,
        first_audio: 100,
      },
    })
  })

  it('lets the answer begin with what is looked up for it', () => {
    const turn = readConversation([
      span('t1', 'turn', 0, 4000, 'c', { 'turn.number': 1, 'turn.user_bot_latency_seconds': 0.9 }),
      span('s1', 'stt', 0, 1200, 't1', { transcript: 'Hi.', is_final: true, 'metrics.ttfb': 0.1 }),
      span('r1', 'lookup', 1300, 1400, 't1', { 'mlflow.spanType': 'RETRIEVER' }),
      span('l1', 'llm', 1400, 2000, 't1', { 'gen_ai.operation.name': 'chat', 'metrics.ttfb': 0.2 }),
      span('v1', 'tts', 1700, 2400, 't1', { text: 'Hello.', 'metrics.ttfb': 0.1 }),
    ])?.turns[0]
    expect(turn?.latency.parts).toMatchObject({
      end_of_utterance: 300,
      speech_to_text: 100,
      rag_retrieval: 100,
      first_token: 200,
    })
  })

  it('counts from the last end of the speech, also when what began later ended before', () => {
    const turn = readConversation([
      span('t1', 'turn', 0, 3000, null, { 'turn.number': 1 }),
      span('u1', 'user_speech', 0, 1000, 't1'),
      span('u2', 'user_speech', 500, 800, 't1'),
      span('a1', 'agent_speech', 1400, 3000, 't1'),
    ])?.turns[0]
    expect(turn?.latency.voiceToVoiceMs).toBe(400)
  })

  it('is not known of an answer that was heard before the speech ended', () => {
    const turn = readConversation([
      span('t1', 'turn', 0, 3000, null, { 'turn.number': 1 }),
      span('u1', 'user_speech', 0, 1000, 't1'),
      span('e1', 'end_of_utterance', 1000, 1200, 't1'),
      span('a1', 'agent_speech', 900, 3000, 't1'),
    ])?.turns[0]
    expect(turn?.latency).toEqual({ voiceToVoiceMs: null, parts: {} })
  })
})
