import { describe, expect, test } from 'vitest'
import { mediaOf, readMessages } from './chat-messages.ts'

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
      { role: 'system', text: 'Answer by voice.', media: [] },
      {
        role: 'user',
        text: 'What is this?',
        media: [
          { kind: 'image', url: 'data:image/png;base64,AAAA' },
          { kind: 'audio', url: 'data:audio/mpeg;base64,BBBB' },
        ],
      },
    ])
  })

  test('are none where something has no role', () => {
    expect(readMessages([{ content: 'Hello' }])).toBeNull()
    expect(readMessages('Hello')).toBeNull()
  })
})

test('an address is a picture or a sound only when it ends like one', () => {
  expect(mediaOf('https://example.org/a.webp?x=1')).toEqual([
    { kind: 'image', url: 'https://example.org/a.webp?x=1' },
  ])
  expect(mediaOf('https://example.org/a')).toEqual([])
  expect(mediaOf('see https://example.org/a.png')).toEqual([])
})
