import { describe, expect, it } from 'vitest'
import { turnTaking } from './agent-settings.ts'
import { waitMs } from './patience.ts'

const { minEndpointingMs, wholeQuestionMs, maxEndpointingMs } = turnTaking

describe('waitMs', () => {
  it('is short where the voice sounds as if it had finished', () => {
    expect(waitMs(0.8, 'Go forward ten meters.')).toBe(minEndpointingMs)
    expect(waitMs(0.8, null)).toBe(minEndpointingMs)
  })

  it('is long where the words lead on, however the voice sounds', () => {
    expect(waitMs(0.9, 'Four queen of.')).toBe(maxEndpointingMs)
  })

  it('is short of long where the voice leaves it open and the words are a whole question', () => {
    expect(waitMs(0.2, 'How do I start the server?')).toBe(wholeQuestionMs)
    expect(waitMs(0.05, 'How do I start the server?')).toBe(maxEndpointingMs)
  })

  it('is long where neither tells', () => {
    expect(waitMs(0.4, 'Go forward,')).toBe(maxEndpointingMs)
    expect(waitMs(0.4, null)).toBe(maxEndpointingMs)
  })
})
