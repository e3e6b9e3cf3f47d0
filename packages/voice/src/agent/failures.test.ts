import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Synthesizer } from '../speech/synthesizer.ts'
import type { Transcriber } from '../speech/transcriber.ts'
import { apologies } from './apologies.ts'
import { openStudio, type Studio, speechOf, turnEnded } from './voices.test.support.ts'

let studio: Studio
let question: Int16Array

beforeAll(async () => {
  studio = await openStudio()
  question = await speechOf(studio.flite, 'How many cards are in the deck?')
})
afterAll(() => studio.close())

const turnsOf = (id: string) =>
  studio.recorder.conversations.find(({ facts }) => facts.sessionId === `session-${id}`)?.turns ?? []

// Live speech on a shared machine is now and then misheard: one more try, which the report shows.
describe.concurrent('a conversation of which a part fails', { retry: 1 }, () => {
  it('apologises when it could not hear, and hears the next time', async () => {
    let heard = 0
    const transcriber: Transcriber = {
      ...studio.transcriber,
      transcribe(samples, owner, signal) {
        heard += 1
        if (heard <= 2) throw new Error('the ear is out of order')
        return studio.transcriber.transcribe(samples, owner, signal)
      },
    }
    const call = await studio.connect('deaf', { transcriber })
    await call.say(question)
    await call.until(turnEnded(1))
    await call.say(question)
    await call.until(turnEnded(2))
    await call.hangUp('hung_up')
    const [, first, second] = turnsOf('deaf')
    expect(first?.summary?.agentText).toBe(apologies.noTranscript)
    expect(first?.stages.find(({ name }) => name === 'speech_to_text')?.error).toBeInstanceOf(Error)
    expect(second?.summary).toMatchObject({ userText: expect.stringMatching(/cards/i), error: null })
    expect(JSON.stringify(call.received)).toContain('speech to text failed: the ear is out of order')
  })

  it('apologises in the offline voice when the voice fails, and goes on', async () => {
    let spoken = 0
    const synthesizer: Synthesizer = {
      model: 'hoarse',
      synthesize(text, owner, signal) {
        spoken += 1
        if (spoken === 2) throw new Error('the voice is out of order')
        return studio.flite.synthesize(text, owner, signal)
      },
      close: async () => {},
    }
    const call = await studio.connect('hoarse', { synthesizer })
    call.post('send-text', { content: 'What is it?' })
    await call.until(turnEnded(1))
    call.post('send-text', { content: 'What is it now?' })
    await call.until(turnEnded(2))
    await call.hangUp('hung_up')
    const [, first, second] = turnsOf('hoarse')
    expect(first?.summary?.agentText).toBe(apologies.noVoice)
    expect(first?.summary?.error).toBeInstanceOf(Error)
    expect(
      first?.stages
        .filter(({ name }) => name === 'text_to_speech')
        .map(({ attributes }) => attributes?.['tts.model']),
    ).toEqual(['hoarse', 'flite-slt'])
    expect(second?.summary).toMatchObject({
      agentText: expect.stringContaining('What is it now?'),
      error: null,
    })
  })
})
