import { describe, expect, it, test } from 'vitest'
import { roomIn, timeIn } from './band-room.ts'

describe('a band of a turn', () => {
  const turn = { label: 'Turn 12', number: 12, problems: ['slow', 'low-score'] as const }

  it.each([
    [140, 'words'],
    [90, 'dots'],
    [60, 'number'],
    [40, 'marks'],
    [10, 'edge'],
  ] as const)('of %i pixels with two marks shows %s', (width, room) => {
    expect(roomIn(width, turn)).toBe(room)
  })

  it('gives its marks up last, and has an edge alone where it has none', () => {
    const narrow = { ...turn, problems: [] }
    expect([60, 30, 20].map((width) => roomIn(width, narrow))).toEqual(['words', 'number', 'edge'])
  })
})

test('a time beside its bar gives up its unit first, and is left out before it runs into the next', () => {
  expect([54, 53, 36, 35].map((width) => timeIn(width, 1240))).toEqual(['1,240 ms', '1,240', '1,240', ''])
})
