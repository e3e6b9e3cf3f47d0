import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { panned, positionOf, ticksOf, zoomed } from './time-axis.ts'

describe('ticksOf', () => {
  it('stands on round moments', () => {
    expect(ticksOf({ fromMs: 0, toMs: 20_000 }, 4).map(({ label }) => label)).toEqual([
      '0',
      '0:05',
      '0:10',
      '0:15',
      '0:20',
    ])
    expect(ticksOf({ fromMs: 0, toMs: 900_000 }, 5).map(({ label }) => label)).toEqual([
      '0',
      '5:00',
      '10:00',
      '15:00',
    ])
    expect(ticksOf({ fromMs: 120, toMs: 480 }, 4).map(({ label }) => label)).toEqual([
      '200 ms',
      '300 ms',
      '400 ms',
    ])
  })

  it('is never more than a few, from a tenth of a millisecond to a month', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0.1, max: 2.6e9, noNaN: true }),
        (from, length) => {
          const ticks = ticksOf({ fromMs: from, toMs: from + length }, 6)
          expect(ticks.length).toBeLessThanOrEqual(17)
        },
      ),
    )
  })

  it('is empty for a window without length', () => {
    expect(ticksOf({ fromMs: 5, toMs: 5 }, 5)).toEqual([])
  })
})

describe('zoomed', () => {
  it('keeps the moment under the pointer where it is', () => {
    const before = { fromMs: 100, toMs: 300 }
    const after = zoomed(before, 0.5, 150, 1000)
    expect(positionOf(150, after)).toBeCloseTo(positionOf(150, before))
    expect(after.toMs - after.fromMs).toBeCloseTo(100)
  })

  it('never leaves the trace', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 1000, noNaN: true }),
        (factor, about) => {
          const { fromMs, toMs } = zoomed({ fromMs: 200, toMs: 400 }, factor, about, 1000)
          expect(fromMs).toBeGreaterThanOrEqual(0)
          expect(toMs).toBeLessThanOrEqual(1000.0001)
        },
      ),
    )
  })
})

it('pans no further than the ends', () => {
  expect(panned({ fromMs: 0, toMs: 100 }, -50, 1000)).toEqual({ fromMs: 0, toMs: 100 })
  expect(panned({ fromMs: 850, toMs: 950 }, 500, 1000)).toEqual({ fromMs: 900, toMs: 1000 })
})
