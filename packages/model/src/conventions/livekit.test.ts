import { describe, expect, it } from 'vitest'
import { readConversation } from '../read-conversation.ts'
import { nanos, span } from '../span.test.builder.ts'

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

  it('takes what is said on entering, outside any turn of the agent, for the greeting', () => {
    const spans = [
      span('c', 'agent_session', 0, 900, null),
      span('e', 'on_enter', 0, 50, 'c'),
      span('v', 'tts_node', 10, 40, 'e'),
      span('s', 'agent_speaking', 20, 80, 'e'),
      span('u1', 'user_turn', 100, 200, 'c', { [`${content}user_transcript`]: 'hi' }),
      span('a1', 'agent_turn', 200, 400, 'c'),
      span('n1', 'llm_node', 200, 300, 'a1', {
        'gen_ai.input.messages': JSON.stringify([
          { role: 'assistant', content: 'Hello!' },
          { role: 'user', content: 'hi' },
        ]),
        [`${content}response.text`]: 'What can I do?',
      }),
    ]
    expect(readConversation(spans)?.turns).toMatchObject([
      { number: 0, spanId: 's', userText: null, agentText: 'Hello!' },
      { number: 1, spanId: 'a1', userText: 'hi', agentText: 'What can I do?' },
    ])
    const besideTurns = span('s2', 'agent_speaking', 250, 400, 'c')
    expect(readConversation([...spans, besideTurns])?.turns).toHaveLength(2)
  })
})
