import { describe, expect, it } from 'vitest'
import { turnTaking } from './agent-settings.ts'
import { waitMs } from './patience.ts'

const { minEndpointingMs, finishedMs, wholeQuestionMs, openQuestionMs, maxEndpointingMs } = turnTaking
const level = { rise: 0, aboveMiddle: 0, aboveFloor: 2, louder: 0 }
const rising = { ...level, rise: 2 }
const low = { rise: -3, aboveMiddle: -6, aboveFloor: -3, louder: -15 }

describe('waitMs', () => {
  it('is shortest where the voice sounds as if it had finished', () => {
    expect(waitMs({ probability: 0.8, words: 'Go forward ten meters.', pitch: level })).toBe(minEndpointingMs)
    expect(waitMs({ probability: 0.8, words: null, pitch: null })).toBe(minEndpointingMs)
  })

  it('is longest where the words lead on, however the voice sounds', () => {
    expect(waitMs({ probability: 0.9, words: 'Four queen of.', pitch: low })).toBe(maxEndpointingMs)
  })

  it('is short after a question at whose end the pitch rises, or falls to the bottom', () => {
    for (const pitch of [rising, low])
      expect(waitMs({ probability: 0.1, words: 'What is a trace?', pitch })).toBe(finishedMs)
  })

  it('is a little longer after a question that is whole by its words alone', () => {
    const words = 'How do I start the server?'
    expect(waitMs({ probability: 0.2, words, pitch: level })).toBe(wholeQuestionMs)
    expect(waitMs({ probability: 0.2, words, pitch: null })).toBe(wholeQuestionMs)
    expect(waitMs({ probability: 0.05, words, pitch: level })).toBe(openQuestionMs)
  })

  it('is long after a question that may be the beginning of a longer one', () => {
    expect(waitMs({ probability: 0.4, words: 'What is a trace?', pitch: level })).toBe(openQuestionMs)
  })

  it('is short after a statement whose voice falls to the bottom and dies away', () => {
    const words = 'The conference is now locked.'
    expect(waitMs({ probability: 0.3, words, pitch: low })).toBe(finishedMs)
    expect(waitMs({ probability: 0.3, words, pitch: { ...low, louder: -5 } })).toBe(maxEndpointingMs)
    expect(waitMs({ probability: 0.3, words: 'Locked.', pitch: low })).toBe(maxEndpointingMs)
  })

  it('is longest where nothing tells', () => {
    expect(waitMs({ probability: 0.4, words: 'Go forward,', pitch: rising })).toBe(maxEndpointingMs)
    expect(waitMs({ probability: 0.4, words: null, pitch: low })).toBe(maxEndpointingMs)
  })
})
