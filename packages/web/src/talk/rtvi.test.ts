import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientReady, readBotMessage, sendText } from './rtvi.ts'

describe('readBotMessage', () => {
  it('reads the messages of RTVI', () => {
    const message = {
      label: 'rtvi-ai',
      type: 'user-transcription',
      data: { text: 'hi', final: true, timestamp: 't', user_id: 'u' },
    }
    expect(readBotMessage(JSON.stringify(message))).toMatchObject({
      type: 'user-transcription',
      data: { text: 'hi', final: true },
    })
  })

  it("reads the bot's own messages about turns", () => {
    const data = {
      kind: 'turn',
      number: 2,
      userText: 'hi',
      agentText: null,
      interrupted: false,
      voiceToVoiceMs: 612.5,
      parts: { end_of_utterance: 400, first_token: 212.5 },
    }
    const read = readBotMessage(JSON.stringify({ label: 'rtvi-ai', type: 'server-message', data }))
    expect(read).toEqual({ type: 'server-message', data })
  })

  it('knows when the bot leaves', () => {
    expect(readBotMessage('{"type":"signalling","message":{"type":"peerLeft"}}')).toEqual({
      type: 'peer-left',
    })
  })

  it('passes over what it does not know, whatever it is', () => {
    expect(readBotMessage('{"label":"rtvi-ai","type":"bot-tts-text","data":{"text":"x"}}')).toBeNull()
    expect(readBotMessage(new ArrayBuffer(4))).toBeNull()
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        readBotMessage(text)
      }),
    )
  })
})

it('writes what the bot expects', () => {
  expect(JSON.parse(clientReady('1'))).toMatchObject({
    label: 'rtvi-ai',
    type: 'client-ready',
    id: '1',
    data: { version: '2.1.0' },
  })
  expect(JSON.parse(sendText('2', 'hello'))).toMatchObject({ type: 'send-text', data: { content: 'hello' } })
})
