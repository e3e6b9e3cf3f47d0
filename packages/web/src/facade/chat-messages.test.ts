import { describe, expect, test } from 'vitest'
import { mediaOf, readMessages, readPlainText } from './chat-messages.ts'

describe('messages of a chat', () => {
  test('are told by their roles, text apart from pictures and sound', () => {
    const payload = [
      { role: 'system', content: 'Answer by voice.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
        ],
      },
    ]
    expect(readMessages(payload)).toEqual([
      { role: 'system', text: 'Answer by voice.', media: [], calls: [] },
      {
        role: 'user',
        text: 'What is this?',
        media: [
          { kind: 'image', url: 'data:image/png;base64,AAAA' },
          { kind: 'audio', url: 'data:audio/mpeg;base64,BBBB' },
        ],
        calls: [],
      },
    ])
  })

  test('say which tools a model asks for, however its library writes it', () => {
    const call = { name: 'lookup_order', arguments: { order_id: '12-34' } }
    const asked = { name: 'lookup_order', arguments: '{"order_id":"12-34"}' }
    const written = [
      { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: asked }] },
      { role: 'assistant', content: '', tool_calls: [{ name: call.name, args: call.arguments, id: 'a' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: call.name, input: call.arguments }] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'a', ...call }] },
    ]
    for (const message of written)
      expect(readMessages([message])).toEqual([{ role: 'assistant', text: '', media: [], calls: [call] }])
    expect(
      readMessages([{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '{"cut' } }] }]),
    ).toEqual([{ role: 'assistant', text: '', media: [], calls: [{ name: 'f', arguments: '{"cut' }] }])
  })

  test('say what a tool answered', () => {
    const answers = [
      { role: 'tool', tool_call_id: 'a', content: 'shipped' },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'shipped' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'a', response: 'shipped' }] },
    ]
    for (const answer of answers) expect(readMessages([answer])?.[0]?.text).toBe('shipped')
  })

  test('are also the choices of an answer, and a message alone', () => {
    const message = { role: 'assistant', content: 'It is noon.' }
    const told = [{ role: 'assistant', text: 'It is noon.', media: [], calls: [] }]
    expect(readMessages({ choices: [{ message, finish_reason: 'stop' }], usage: {} })).toEqual(told)
    expect(readMessages(message)).toEqual(told)
  })

  test('are none where something has no role', () => {
    expect(readMessages([{ content: 'Hello' }])).toBeNull()
    expect(readMessages('Hello')).toBeNull()
    expect(readMessages({ name: 'Ada', role: 'admin' })).toBeNull()
  })
})

test('an address is a picture or a sound only when it ends like one', () => {
  expect(mediaOf('https://example.org/a.webp?x=1')).toEqual([
    { kind: 'image', url: 'https://example.org/a.webp?x=1' },
  ])
  expect(mediaOf('https://example.org/a')).toEqual([])
  expect(mediaOf('see https://example.org/a.png')).toEqual([])
})

test('a text alone is read without its name, unless the name tells something', () => {
  expect(readPlainText('Hello')).toBe('Hello')
  expect(readPlainText({ transcript: 'Hello' })).toBe('Hello')
  expect(readPlainText({ user: 'Hello' })).toBe('Hello')
  expect(readPlainText({ order_id: '12-34' })).toBeNull()
})
