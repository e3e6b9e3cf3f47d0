import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { botReady, readChannelMessage } from './rtvi.ts'

describe('messages of the data channel', () => {
  it('knows pings, signalling and RTVI apart', () => {
    expect(readChannelMessage('ping: 1732310400000')).toEqual({ kind: 'ping' })
    expect(
      readChannelMessage(
        '{"type":"signalling","message":{"type":"trackStatus","receiver_index":0,"enabled":true}}',
      ),
    ).toEqual({ kind: 'signalling', type: 'trackStatus' })
    expect(
      readChannelMessage('{"label":"rtvi-ai","type":"send-text","id":"7","data":{"content":"hello"}}'),
    ).toEqual({
      kind: 'rtvi',
      message: { label: 'rtvi-ai', type: 'send-text', id: '7', data: { content: 'hello' } },
    })
  })

  it('takes anything else for unknown and throws at nothing', () => {
    for (const text of ['', '{', 'null', '[]', '{"label":"rtvi-ai"}', '{"label":"other","type":"x"}']) {
      expect(readChannelMessage(text)).toEqual({ kind: 'unknown' })
    }
    fc.assert(fc.property(fc.string(), (text) => void readChannelMessage(text)))
    fc.assert(fc.property(fc.json(), (text) => void readChannelMessage(text)))
  })

  it('answers client-ready under its id', () => {
    expect(botReady({ label: 'rtvi-ai', type: 'client-ready', id: 'a1' })).toMatchObject({
      label: 'rtvi-ai',
      type: 'bot-ready',
      id: 'a1',
      data: { version: '2.1.0' },
    })
  })
})
