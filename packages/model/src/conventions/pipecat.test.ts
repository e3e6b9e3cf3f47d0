import { describe, expect, it } from 'vitest'
import { readConversation } from '../read-conversation.ts'
import { span } from '../span.test.builder.ts'
import type { Span } from '../span.ts'

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
    span('t2', 'turn', 4000, 4900, 'c', { 'turn.number': 2, 'turn.was_interrupted': false }),
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
      { number: 2, spanId: 't2', interrupted: false },
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

  it('reads what was transcribed though a service never calls it final', () => {
    const turn = span('t1', 'turn', 0, 9, null, { 'turn.number': 1 })
    const stt = (id: string, start: number, transcript: string, isFinal: boolean) =>
      span(id, 'stt', start, start + 1, 't1', { transcript, is_final: isFinal })
    const heard = (...spans: Span[]) => readConversation([turn, ...spans])?.turns[0]?.userText
    expect(heard(stt('s1', 0, 'hi', false), stt('s2', 1, 'there', false))).toBe('hi there')
    expect(heard(stt('s1', 0, 'h', false), stt('s2', 1, 'hi', true))).toBe('hi')
    expect(heard(stt('s1', 0, 'hi', true), stt('s2', 1, 'hi', true))).toBe('hi hi')
  })

  it('counts turns from what the user says, where Pipecat counts the greeting', () => {
    const turn = (number: number, rest = {}) =>
      span(`t${number}`, 'turn', number * 10, number * 10 + 9, 'c', {
        'turn.number': number,
        'turn.type': 'conversation',
        ...rest,
      })
    const greeting = span('v1', 'tts', 10, 11, 't1', { text: 'Hello!' })
    const asked = span('s2', 'stt', 20, 21, 't2', { transcript: 'hi', is_final: true })
    expect(readConversation([turn(1), greeting, turn(2), asked])?.turns).toMatchObject([
      { number: 0, spanId: 't1', userText: null },
      { number: 1, spanId: 't2', userText: 'hi' },
    ])
    const first = span('s1', 'stt', 10, 11, 't1', { transcript: 'hello?', is_final: true })
    expect(readConversation([turn(1), first, greeting, turn(2)])?.turns).toMatchObject([
      { number: 1, spanId: 't1', userText: 'hello?' },
      { number: 2, spanId: 't2' },
    ])
  })

  it('takes a cut for an interruption when somebody spoke after it, not when the conversation ended', () => {
    const turn = (id: string, start: number) =>
      span(id, 'turn', start, start + 9, 'c', { 'turn.was_interrupted': true })
    const conversation = span('c', 'conversation', 0, 40, null)
    const cuts = (...spans: Span[]) => readConversation(spans)?.turns.map(({ interrupted }) => interrupted)
    expect(cuts(turn('t1', 0), turn('t2', 10), conversation)).toEqual([true, false])
    expect(cuts(turn('t1', 0), turn('t2', 10))).toEqual([true, true])
  })
})
