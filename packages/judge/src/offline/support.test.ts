import { describe, expect, test } from 'vitest'
import { knowledgeWeight, measureSupport, repeatedBigramShare } from './support.ts'

const source =
  'The museum opened in 1928. It holds sixty-two trophies, two of them tigers. Entry costs 1,200 yen on five days a week.'

describe('support of a text by a source', () => {
  test('is full for the words of the source itself', () => {
    expect(measureSupport('The museum opened in 1928.', source)).toEqual({
      contentPrecision: 1,
      bigramPrecision: 1,
      sequence: 1,
      unsupportedNumbers: [],
      missingWords: [],
    })
  })

  test('is nothing for other words', () => {
    expect(measureSupport('Elephants sleep standing.', source)).toEqual({
      contentPrecision: 0,
      bigramPrecision: 0,
      sequence: 0,
      unsupportedNumbers: [],
      missingWords: ['elephants', 'sleep', 'standing'],
    })
  })

  test('is nothing for no words, or from no words', () => {
    for (const [text, from] of [
      ['', source],
      ['…', source],
      ['The museum opened.', ''],
    ] as const) {
      const support = measureSupport(text, from)
      expect([support.contentPrecision, support.bigramPrecision, support.sequence]).toEqual([0, 0, 0])
    }
  })

  test('weighs a rare word more than one that the source says often', () => {
    const often = 'The app runs. The app stops. The app waits. The app sleeps on Sunday.'
    const { contentPrecision } = measureSupport('app unicorn', often)
    expect(contentPrecision).toBeLessThan(0.2)
  })

  test('is of one source sentence at a time for the order of words', () => {
    expect(measureSupport('museum opened tigers', 'The museum opened. Tigers came.').sequence).toBeCloseTo(
      2 / 3,
    )
  })

  test('finds numbers that the source does not hold, however it writes them', () => {
    expect(
      measureSupport('It opened in 1928, for 1200 yen, 5 days, 2 tigers.', source).unsupportedNumbers,
    ).toEqual([])
    expect(measureSupport('It opened in 1930, for 1200.50 yen.', source).unsupportedNumbers).toEqual([
      '1930',
      '1200.50',
    ])
    expect(measureSupport('1,200 yen', 'It costs 1 , 200 yen.').unsupportedNumbers).toEqual([])
  })
})

test('knowledge is what the source holds and the dialogue had not said', () => {
  const brought = knowledgeWeight('It holds trophies.', source, 'What does it hold?')
  expect(brought).toBeGreaterThan(0)
  expect(knowledgeWeight('It holds trophies.', source, 'Does it hold any trophies?')).toBeLessThan(brought)
  expect(knowledgeWeight('Elephants sleep.', source, '')).toBe(0)
})

test('repetition is the share of word pairs said before', () => {
  expect(repeatedBigramShare('one two three four')).toBe(0)
  expect(repeatedBigramShare('one two three. one two three.')).toBeCloseTo(0.5)
  expect(repeatedBigramShare('')).toBe(0)
})
