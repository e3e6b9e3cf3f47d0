import { describe, expect, it } from 'vitest'
import { gapOf, medianOf } from './latency.ts'

describe('gapOf', () => {
  it('orders the parts as they pass, however they are given', () => {
    const gap = gapOf({ voiceToVoiceMs: 700, parts: { first_audio: 200, end_of_utterance: 500 } })
    expect(gap?.parts.map(({ part }) => part)).toEqual(['end_of_utterance', 'first_audio'])
    expect(gap).toMatchObject({ totalMs: 700, unexplainedMs: 0, slow: false })
  })

  it('shows time that no part accounts for', () => {
    expect(gapOf({ voiceToVoiceMs: 2100, parts: { first_token: 600 } })).toMatchObject({
      unexplainedMs: 1500,
      slow: true,
    })
  })

  it('grows by its parts while the whole is not measured yet', () => {
    expect(
      gapOf({ voiceToVoiceMs: null, parts: { end_of_utterance: 400, speech_to_text: 90 } })?.totalMs,
    ).toBe(490)
  })

  it('keeps a part that took no time', () => {
    expect(
      gapOf({ voiceToVoiceMs: 500, parts: { end_of_utterance: 500, speech_to_text: 0 } })?.parts,
    ).toHaveLength(2)
  })

  it('is nothing when nothing was measured', () => {
    expect(gapOf({ voiceToVoiceMs: null, parts: {} })).toBeNull()
    expect(gapOf(null)).toBeNull()
  })
})

it('finds the middle', () => {
  expect(medianOf([])).toBeNull()
  expect(medianOf([9, 1, 5])).toBe(5)
  expect(medianOf([4, 1, 3, 2])).toBe(2.5)
})
