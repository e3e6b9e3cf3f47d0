import { expect, it } from 'vitest'
import { counted, formatClock, formatDuration, formatMs } from './time.ts'

it('gives a duration in the unit a person would choose', () => {
  const shown = [0.02, 4.25, 94, 2724, 9999.9, 12_340, 59_960, 1_122_000, 7_500_000].map(formatDuration)
  expect(shown).toEqual([
    '20 µs',
    '4.3 ms',
    '94 ms',
    '2,724 ms',
    '10.0 s',
    '12.3 s',
    '1 m 00 s',
    '18 m 42 s',
    '2 h 05 m',
  ])
})

it('gives a position as a clock, rounding into the next minute', () => {
  expect([formatClock(7000), formatClock(59_999), formatClock(48_302, 2), formatClock(-1500)]).toEqual([
    '0:07',
    '1:00',
    '0:48.30',
    '−0:02',
  ])
})

it('keeps a decimal of small figures', () => {
  expect([formatMs(0), formatMs(2.44), formatMs(1240.4)]).toEqual(['0', '2.4', '1,240'])
})

it('says one thing and several things', () => {
  expect([0, 1, 2_724].map((count) => counted(count, 'trace'))).toEqual([
    '0 traces',
    '1 trace',
    '2,724 traces',
  ])
})
