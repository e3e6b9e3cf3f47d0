import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latencyParts, type TurnLatency } from './latency.ts'
import { isTurnSpan, readConversation } from './read-conversation.ts'
import { nanos, span } from './span.test.builder.ts'
import type { Span } from './span.ts'

/** The sum of the parts in the order in which they pass. */
function sumOf(latency: TurnLatency): number {
  return latencyParts.reduce((sum, part) => sum + (latency.parts[part] ?? 0), 0)
}

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
      'turn.latency.first_audio_ms': 100,
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
            parts: { end_of_utterance: 300, first_token: 20.5, first_audio: 100 },
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

  it('give parts that sum to the whole, work done ahead taking none of it', () => {
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

  it('give parts that sum to the whole whatever the times are', () => {
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
          expect(Object.keys(turn?.latency.parts ?? {})).toEqual([...latencyParts])
          expect(Object.values(turn?.latency.parts ?? {}).every((part) => part >= 0)).toBe(true)
          expect(sumOf(turn?.latency ?? { voiceToVoiceMs: 0, parts: {} })).toBeCloseTo(
            at.measured ?? at.audio,
            3,
          )
        },
      ),
    )
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

describe('Pipecat', () => {
  const spans = [
    span('s1', 'stt', 0, 1200, 't1', {
      transcript: 'hi',
      is_final: true,
      'metrics.ttfb': 0.15,
      'gen_ai.operation.name': 'stt',
    }),
    span('s2', 'stt', 600, 1300, 't1', { transcript: 'there', is_final: true }),
    span('l1', 'llm', 1400, 2000, 't1', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 5,
      'metrics.ttfb': 0.3,
      input: '[{"role":"user","content":"hi there"}]',
      output: 'Hello! How are you?',
    }),
    span('v1', 'tts', 1750, 2400, 't1', { text: 'Hello!', 'metrics.ttfb': 0.1 }),
    span('v2', 'tts', 1900, 2500, 't1', { text: 'How are you?', 'metrics.ttfb': 0.1 }),
    span('t1', 'turn', 0, 4000, 'c', {
      'turn.number': 1,
      'turn.was_interrupted': true,
      'turn.user_bot_latency_seconds': 0.85,
      'conversation.id': 'conv-7',
    }),
    span('c', 'conversation', 0, 5000, null, { 'conversation.id': 'conv-7', 'conversation.type': 'voice' }),
  ]

  it('reads its turns, seconds as milliseconds', () => {
    const conversation = readConversation(spans)
    expect(conversation).toMatchObject({ rootSpanId: 'c', sessionId: 'conv-7' })
    expect(conversation?.turns).toMatchObject([
      {
        number: 1,
        spanId: 't1',
        userText: 'hi there',
        agentText: 'Hello! How are you?',
        interrupted: true,
        model: 'gpt-4o-mini',
        tokens: { inputTokens: 20, outputTokens: 5, totalTokens: 25, estimated: false },
        latency: {
          voiceToVoiceMs: 850,
          parts: {
            end_of_utterance: 250,
            speech_to_text: 150,
            first_token: 300,
            first_clause: 50,
            first_audio: 100,
          },
        },
      },
    ])
  })

  it('reads a turn before its own span has come, under the id it will have', () => {
    const live = readConversation(
      spans.filter((each) => each.name !== 'turn' && each.name !== 'conversation'),
    )
    expect(live?.turns).toMatchObject([
      {
        spanId: 't1',
        number: 1,
        userText: 'hi there',
        agentText: 'Hello! How are you?',
        endTimeUnixNano: null,
      },
    ])
  })

  it('does not take the end of the conversation for an interruption', () => {
    const turn = span('t1', 'turn', 0, 1, null, {
      'turn.was_interrupted': true,
      'turn.ended_by_conversation_end': true,
    })
    expect(readConversation([turn])?.turns[0]?.interrupted).toBe(false)
  })

  it('reads the names of older versions', () => {
    const conversation = readConversation([
      span('c', 'conversation', 0, 9, null),
      span('t1', 'turn-1', 0, 9, 'c', { 'turn.number': 1 }),
      span('s1', 'stt_deepgramsttservice', 0, 1, 't1', { transcript: 'hi' }),
      span('v1', 'tts_cartesiattsservice', 2, 3, 't1', { text: 'Hello.' }),
    ])
    expect(conversation?.turns).toMatchObject([{ number: 1, userText: 'hi', agentText: 'Hello.' }])
  })

  it('does not take the instruction to greet for what the user said', () => {
    const conversation = readConversation([
      span('t1', 'turn', 0, 9, null, { 'turn.number': 1 }),
      span('l1', 'llm', 0, 1, 't1', {
        input: '[{"role":"user","content":"Introduce yourself."}]',
        output: 'I am Vox.',
      }),
      span('v1', 'tts', 2, 3, 't1', { text: 'I am Vox.' }),
    ])
    expect(conversation?.turns).toMatchObject([{ userText: null, agentText: 'I am Vox.' }])
  })

  it('leaves out transcripts that were not final', () => {
    const conversation = readConversation([
      span('t1', 'turn', 0, 9, null),
      span('s1', 'stt', 0, 1, 't1', { transcript: 'h', is_final: false }),
      span('s2', 'stt', 1, 2, 't1', { transcript: 'hi', is_final: true }),
    ])
    expect(conversation?.turns[0]?.userText).toBe('hi')
  })
})

describe.each([
  ['since 1.7', 'lk.pii.'],
  ['before 1.7', 'lk.'],
])('LiveKit %s', (_version, content) => {
  const spans = [
    span('j', 'job_entrypoint', 0, 9000, null, { 'lk.job_id': 'job-1' }),
    span('c', 'agent_session', 0, 9000, 'j', { 'lk.room_sid': 'RM_1' }),
    span('a0', 'agent_turn', 100, 900, 'c', { 'lk.speech_id': 'sp0' }),
    span('n0', 'llm_node', 100, 200, 'a0', { [`${content}response.text`]: 'Hello!' }),
    span('u1', 'user_turn', 1000, 2500, 'c', {
      [`${content}user_transcript`]: 'what time is it',
      'lk.transcription_delay': 0.2,
      'lk.end_of_turn_delay': 0.5,
    }),
    span('a1', 'agent_turn', 2500, 4000, 'c', {
      'lk.speech_id': 'sp1',
      'lk.interrupted': true,
      'lk.e2e_latency': 1.2,
      [`${content}user_input`]: 'What time is it?',
    }),
    span('n1', 'llm_node', 2500, 3000, 'a1', {
      'lk.response.ttft': 0.3,
      [`${content}response.text`]: 'It is noon.',
    }),
    span('q1', 'llm_request', 2500, 3000, 'n1', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"It is noon."}]}]',
    }),
    span('x1', 'llm_request_run', 2500, 3000, 'q1', {
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
    }),
    span('v1', 'tts_node', 2900, 3200, 'a1', { 'lk.response.ttfb': 0.3 }),
    span('u2', 'user_turn', 5000, 5500, 'c', { [`${content}user_transcript`]: 'thanks' }),
  ]

  it('pairs what the user said with what the agent answered, counts attempts once, and greets as turn 0', () => {
    const conversation = readConversation(spans)
    expect(conversation).toMatchObject({ rootSpanId: 'c', sessionId: 'RM_1' })
    expect(conversation?.turns).toMatchObject([
      { number: 0, spanId: 'a0', userText: null, agentText: 'Hello!' },
      {
        number: 1,
        spanId: 'a1',
        startTimeUnixNano: nanos(1000),
        endTimeUnixNano: nanos(4000),
        userText: 'What time is it?',
        agentText: 'It is noon.',
        interrupted: true,
        model: 'gpt-4o',
        tokens: { inputTokens: 7, outputTokens: 3, totalTokens: 10, estimated: false },
        latency: {
          voiceToVoiceMs: 1200,
          parts: {
            end_of_utterance: 500,
            speech_to_text: 0,
            first_token: 300,
            first_clause: 100,
            first_audio: 300,
          },
        },
      },
      { number: 2, spanId: 'u2', userText: 'thanks', agentText: null, endTimeUnixNano: nanos(5500) },
    ])
  })

  it('reads the answer before the span of the agent turn has come', () => {
    const live = readConversation(spans.filter((each) => each.spanId !== 'a1' && each.spanId !== 'c'))
    expect(live?.turns).toMatchObject([
      { spanId: 'a0' },
      {
        spanId: 'a1',
        number: 1,
        userText: 'what time is it',
        agentText: 'It is noon.',
        endTimeUnixNano: null,
      },
      { spanId: 'u2', number: 2 },
    ])
  })

  it('makes no turn of a request whose node has not come', () => {
    const request = span('r', 'tts_request', 2900, 3200, 'v1')
    expect(readConversation([request, span('u', 'user_speaking', 1000, 2000, 'c')])).toBeNull()
  })

  it('takes the delays of the JavaScript version, which are milliseconds, for what they are', () => {
    const inMilliseconds = spans.map((each) =>
      each.spanId === 'u1'
        ? {
            ...each,
            attributes: { ...each.attributes, 'lk.transcription_delay': 12, 'lk.end_of_turn_delay': 500 },
          }
        : each,
    )
    expect(readConversation(inMilliseconds)?.turns[1]?.latency).toEqual(
      readConversation(spans)?.turns[1]?.latency,
    )
  })

  it('takes the times from when the user and the agent were speaking', () => {
    const speaking = [
      span('us', 'user_speaking', 1000, 2000, 'u1'),
      span('as', 'agent_speaking', 3200, 4000, 'a1'),
    ]
    expect(readConversation([...spans, ...speaking])?.turns[1]?.latency).toEqual({
      voiceToVoiceMs: 1200,
      parts: {
        end_of_utterance: 500,
        speech_to_text: 0,
        first_token: 300,
        first_clause: 100,
        first_audio: 300,
      },
    })
  })

  it('leaves out noise, and answers that were begun ahead and given up', () => {
    const conversation = readConversation([
      span('n', 'user_turn', 0, 50, 'c'),
      span('n2', 'user_turn', 60, 90, 'c', { [`${content}user_transcript`]: '' }),
      span('u1', 'user_turn', 100, 900, 'c', { [`${content}user_transcript`]: 'how are you today' }),
      span('a1', 'agent_turn', 500, 600, 'c', {
        'lk.speech_id': 'sp1',
        'lk.interrupted': true,
        [`${content}user_input`]: 'how are you',
      }),
      span('a2', 'agent_turn', 850, 2000, 'c', {
        'lk.speech_id': 'sp2',
        'lk.interrupted': false,
        [`${content}user_input`]: 'how are you today',
        [`${content}response.text`]: 'Well.',
      }),
    ])
    expect(conversation?.turns).toMatchObject([
      { number: 1, spanId: 'a2', userText: 'how are you today', agentText: 'Well.', interrupted: false },
    ])
  })

  it('takes the steps of one speech for one turn', () => {
    const conversation = readConversation([
      span('u1', 'user_turn', 0, 100, 'c', { [`${content}user_transcript`]: 'weather?' }),
      span('a1', 'agent_turn', 100, 200, 'c', { 'lk.speech_id': 'sp1' }),
      span('f1', 'function_tool', 150, 200, 'a1', { 'lk.function_tool.name': 'weather' }),
      span('a2', 'agent_turn', 200, 400, 'a1', { 'lk.speech_id': 'sp1' }),
      span('n2', 'llm_node', 200, 300, 'a2', { [`${content}response.text`]: 'Sunny.' }),
    ])
    expect(conversation?.turns).toMatchObject([
      { number: 1, spanId: 'a2', userText: 'weather?', agentText: 'Sunny.' },
    ])
  })
})

describe('a conversation', () => {
  it('is not found where nothing is a turn', () => {
    expect(readConversation([])).toBeNull()
    expect(
      readConversation([span('a', 'chat gpt-4o', 0, 1, null, { 'gen_ai.operation.name': 'chat' })]),
    ).toBeNull()
  })

  it('takes the retrieval and the model of any vocabulary inside a turn', () => {
    const conversation = readConversation([
      span('t1', 'turn', 0, 9, null, { 'turn.number': 1, 'turn.user_text': 'q' }),
      span('r1', 'VectorStoreRetriever', 0, 1, 't1', {
        'openinference.span.kind': 'RETRIEVER',
        'retrieval.documents.0.document.id': '7',
        'retrieval.documents.0.document.content': 'seven',
        'retrieval.documents.0.document.score': 0.7,
      }),
      span('l1', 'ai.generateText.doGenerate', 1, 2, 't1', {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.id': 'mistral-small',
        'ai.response.text': 'seven it is',
        'ai.usage.inputTokens': 4,
      }),
    ])
    expect(conversation?.turns).toMatchObject([
      {
        agentText: 'seven it is',
        documents: [{ id: '7', text: 'seven', score: 0.7 }],
        model: 'mistral-small',
        tokens: { inputTokens: 4, outputTokens: null, totalTokens: null },
      },
    ])
  })

  it('takes what was said for words, also when it reads as a number', () => {
    const conversation = readConversation([
      span('t1', 'turn', 0, 9, null, { 'turn.number': 1 }),
      span('s1', 'speech_to_text', 0, 1, 't1', { 'mlflow.spanOutputs': '6 times 7' }),
      span('l1', 'llm_generation', 1, 2, 't1', { 'mlflow.spanOutputs': '42' }),
    ])
    expect(conversation?.turns).toMatchObject([{ userText: '6 times 7', agentText: '42' }])
  })

  it('has as turns the spans that stand for turns', () => {
    expect(isTurnSpan(span('t', 'turn', 0, 1, null))).toBe(true)
    expect(isTurnSpan(span('t', 'turn-3', 0, 1, null))).toBe(true)
    expect(isTurnSpan(span('t', 'agent_turn', 0, 1, null))).toBe(true)
    expect(isTurnSpan(span('t', 'user_turn', 0, 1, null))).toBe(false)
    expect(isTurnSpan(span('t', 'llm_generation', 0, 1, null))).toBe(false)
  })

  it('counts turns itself when a producer counts in no whole numbers', () => {
    const numbers = ['first', -1, 1.5, 1e300, null, '3'].map((number, index) =>
      span(`t${index}`, 'turn', index, index, null, { 'turn.number': number }),
    )
    expect(readConversation(numbers)?.turns.map((turn) => turn.number)).toEqual([1, 2, 3, 4, 5, 3])
  })

  it('is read from any spans, also from parents that go in circles', () => {
    const names = [
      'conversation',
      'turn',
      'stt',
      'llm',
      'tts',
      'user_turn',
      'agent_turn',
      'llm_node',
      'rag_retrieval',
      'other',
    ]
    const anySpan = fc
      .record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        parent: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'missing')),
        name: fc.constantFrom(...names),
        start: fc.nat(1000),
        end: fc.option(fc.nat(2000)),
        attributes: fc.dictionary(
          fc.constantFrom(
            'turn.number',
            'turn.user_text',
            'lk.e2e_latency',
            'metrics.ttfb',
            'input',
            'lk.speech_id',
            'mlflow.spanOutputs',
            'turn.user_bot_latency_seconds',
          ),
          fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
        ),
      })
      .map((each) => span(each.id, each.name, each.start, each.end, each.parent, each.attributes))
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 12 }), (spans) => {
        const conversation = readConversation(spans)
        const ids = conversation?.turns.map((turn) => turn.spanId) ?? []
        expect(new Set(ids).size).toBe(ids.length)
        expect(conversation?.turns.every((turn) => Number.isInteger(turn.number)) ?? true).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('is read from 10,000 spans', () => {
    const spans = Array.from({ length: 1000 }, (_, index) => {
      const at = index * 100
      return [
        span(`t${index}`, 'turn', at, at + 90, 'c', { 'turn.number': index + 1 }),
        ...Array.from({ length: 9 }, (_, part) =>
          span(`t${index}.${part}`, 'tts', at + part, at + 90, `t${index}`, { text: 'word' }),
        ),
      ]
    }).flat()
    const conversation = readConversation(spans)
    expect(conversation?.turns).toHaveLength(1000)
    expect(conversation?.turns.at(-1)?.agentText?.split(' ')).toHaveLength(9)
  })
})
