import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readConversation } from '../read-conversation.ts'
import { nanos, span } from '../span.test.builder.ts'
import type { Span } from '../span.ts'

describe("Voxtrace's own spans", () => {
  const documents = {
    context: [{ id: 'd1', title: 'Functions', text: 'Use @app.function.', score: 0.8, source: 'docs.md' }],
  }
  const spans = [
    span('c', 'conversation', 0, 9000, null, { 'session.id': 's-1' }),
    span('t0', 'turn', 0, 900, 'c', { 'turn.number': 0, 'turn.agent_text': 'Hello, I am Vox.' }),
    span('a0', 'agent_speech', 100, 900, 't0'),
    span('t1', 'turn', 1000, 4000, 'c', {
      'turn.number': 1,
      'turn.user_text': 'How do I use functions?',
      'turn.agent_text': 'Use app dot function.',
      'turn.interrupted': true,
      'turn.voice_to_voice_ms': 420.5,
      'turn.latency.end_of_utterance_ms': 300,
      'turn.latency.first_token_ms': 20.5,
      'turn.latency.first_audio_ms': 76,
      'turn.latency.network_ms': 24,
    }),
    span('u1', 'user_speech', 1000, 2000, 't1'),
    span('r1', 'rag_retrieval', 2300, 2305, 't1', {
      'mlflow.spanType': '"RETRIEVER"',
      'mlflow.spanOutputs': JSON.stringify(documents),
    }),
    span('l1', 'llm_generation', 2305, 2700, 't1', {
      'llm.model': 'extractive',
      'llm.prompt_tokens': 812,
      'llm.completion_tokens': 40,
      'llm.tokens_estimated': true,
      'mlflow.chat.tokenUsage': '{"input_tokens":812,"output_tokens":40,"total_tokens":852}',
    }),
  ]

  it('read as a conversation with its greeting as turn 0', () => {
    expect(readConversation(spans)).toEqual({
      rootSpanId: 'c',
      sessionId: 's-1',
      startTimeUnixNano: nanos(0),
      endTimeUnixNano: nanos(9000),
      turns: [
        {
          number: 0,
          spanId: 't0',
          startTimeUnixNano: nanos(0),
          endTimeUnixNano: nanos(900),
          userText: null,
          agentText: 'Hello, I am Vox.',
          interrupted: false,
          documents: [],
          latency: { voiceToVoiceMs: null, parts: {} },
          model: null,
          tokens: null,
          error: null,
        },
        {
          number: 1,
          spanId: 't1',
          startTimeUnixNano: nanos(1000),
          endTimeUnixNano: nanos(4000),
          userText: 'How do I use functions?',
          agentText: 'Use app dot function.',
          interrupted: true,
          documents: [
            { id: 'd1', title: 'Functions', text: 'Use @app.function.', score: 0.8, source: 'docs.md' },
          ],
          latency: {
            voiceToVoiceMs: 420.5,
            parts: { end_of_utterance: 300, first_token: 20.5, first_audio: 76, network: 24 },
          },
          model: 'extractive',
          tokens: { inputTokens: 812, outputTokens: 40, totalTokens: 852, estimated: true },
          error: null,
        },
      ],
    })
  })

  it('read alike in any order, twice over, and when an open record comes after the ended one', () => {
    const expected = readConversation(spans)
    fc.assert(
      fc.property(fc.shuffledSubarray(spans, { minLength: spans.length }), (shuffled) => {
        const reopened = shuffled.map((each) => ({ ...each, endTimeUnixNano: null, attributes: {} }))
        expect(readConversation([...shuffled, ...shuffled])).toEqual(expected)
        expect(readConversation([...shuffled, ...reopened])).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('are read while they are open, before the root has come', () => {
    const open = [
      span('t1', 'turn', 1000, null, 'c', { 'turn.number': 1 }),
      span('u1', 'user_speech', 1000, 2000, 't1'),
      span('e1', 'end_of_utterance', 2000, 2250, 't1'),
      span('s1', 'speech_to_text', 2100, 2260, 't1', { 'mlflow.spanOutputs': '{"transcript":"hello"}' }),
      span('l1', 'llm_generation', 2265, null, 't1', { 'llm.ttft_ms': 35 }),
    ]
    expect(readConversation(open)).toMatchObject({
      rootSpanId: 'c',
      endTimeUnixNano: null,
      turns: [
        {
          spanId: 't1',
          userText: 'hello',
          endTimeUnixNano: null,
          latency: {
            voiceToVoiceMs: null,
            parts: { end_of_utterance: 250, speech_to_text: 10, first_token: 40 },
          },
        },
      ],
    })
  })

  it('are read under the id of a turn that has not come', () => {
    const conversation = readConversation([
      span('u1', 'user_speech', 1000, 2000, 't1'),
      span('s1', 'speech_to_text', 1000, 2260, 't1', { 'mlflow.spanOutputs': '"hello"' }),
    ])
    expect(conversation?.turns).toMatchObject([
      { spanId: 't1', number: 1, userText: 'hello', startTimeUnixNano: nanos(1000) },
    ])
  })

  it('tell the error of a part that failed', () => {
    const exception = {
      name: 'exception',
      timeUnixNano: 0n,
      attributes: { 'exception.message': 'timed out' },
      droppedAttributesCount: 0,
    }
    const failed = (rest: Partial<Span>) =>
      readConversation([
        span('t1', 'turn', 0, 10, null, { 'turn.number': 1 }),
        span('l1', 'llm_generation', 0, 10, 't1', {}, { status: { code: 'ERROR', message: '' }, ...rest }),
      ])?.turns[0]?.error
    expect(failed({ status: { code: 'ERROR', message: 'no key' } })).toBe('no key')
    expect(failed({ events: [exception] })).toBe('timed out')
    expect(failed({})).toBe('llm_generation failed')
  })
})
