import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textPreview } from './text-preview.ts'

describe('a preview', () => {
  it.each([
    [
      'chat messages',
      {
        messages: [
          { role: 'user', content: 'first' },
          { role: 'user', content: 'last' },
          { role: 'assistant', content: 'no' },
        ],
      },
      'user',
      'last',
    ],
    [
      'a chat completion',
      { choices: [{ message: { role: 'assistant', content: 'answer' } }] },
      'assistant',
      'answer',
    ],
    [
      'a response',
      {
        output: [
          { type: 'reasoning' },
          { role: 'assistant', content: [{ type: 'output_text', text: 'answer' }] },
        ],
      },
      'assistant',
      'answer',
    ],
    ['a request in a request', { request: { input: [{ role: 'user', content: 'asked' }] } }, 'user', 'asked'],
    ['messages of another role', { messages: [{ role: 'system', content: 'rules' }] }, 'user', 'rules'],
    [
      'messages with parts',
      { messages: [{ role: 'model', parts: [{ type: 'text', content: 'answer' }] }] },
      'assistant',
      'answer',
    ],
    ['messages as JSON text', '{"messages":[{"role":"user","content":"hi"}]}', 'user', 'hi'],
    ['text', 'just words', 'user', 'just words'],
    ['any other value', { question: 'why' }, 'user', '{"question":"why"}'],
    ['a number', 5, 'assistant', '5'],
  ] as const)('of %s', (_what, value, role, expected) => {
    expect(textPreview(JSON.parse(JSON.stringify(value)), role)).toBe(expected)
  })

  it('of nothing is nothing', () => {
    expect(textPreview(null, 'user')).toBeNull()
    expect(textPreview(undefined, 'user')).toBeNull()
  })

  it('has at most 1000 characters and halves none', () => {
    expect(textPreview('x'.repeat(1000), 'user')).toHaveLength(1000)
    expect(textPreview('x'.repeat(1001), 'user')).toBe(`${'x'.repeat(997)}...`)
    expect(textPreview('😀'.repeat(1000), 'user')).toBe('😀'.repeat(1000))
    expect(textPreview('😀'.repeat(1001), 'user')).toBe(`${'😀'.repeat(997)}...`)
  })

  it('of a value without messages is its JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const whole = JSON.stringify(value)
        fc.pre(whole.length <= 1000 && !/"(messages|choices|input|output|request)":/.test(whole))
        expect(textPreview(JSON.parse(whole), 'user')).toBe(whole)
      }),
    )
  })

  it('is made of what is nested without end', () => {
    const arrays = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    expect(textPreview(arrays, 'user')).toBe(`${'['.repeat(33)}...${']'.repeat(33)}`)
    const requests = JSON.parse(`${'{"request":'.repeat(50_000)}1${'}'.repeat(50_000)}`)
    expect(textPreview(requests, 'user')).toMatch(/^\{"request":\{"request":/)
  })
})
