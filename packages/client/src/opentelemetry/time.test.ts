import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nanoseconds } from './time.ts'

it('reads times as the API has them', () => {
  expect(nanoseconds([1_790_000_000, 5])).toBe(1_790_000_000_000_000_005n)
  expect(nanoseconds(new Date(1_790_000_000_500))).toBe(1_790_000_000_500e6)
  expect(nanoseconds(runInNewContext('new Date(1790000000500)'))).toBe(1_790_000_000_500e6)
  const laterMs = Math.ceil(performance.timeOrigin) + 500
  expect(nanoseconds(laterMs)).toBe(laterMs * 1e6)
  expect(nanoseconds(2)).toBe((performance.timeOrigin + 2) * 1e6)
  expect(nanoseconds(undefined)).toBeUndefined()
})

it('gives a number or nothing, whatever it is given', () => {
  fc.assert(
    fc.property(fc.anything({ withDate: true, withBigInt: true }), (value) => {
      const read: unknown = Reflect.apply(nanoseconds, undefined, [value])
      expect(['number', 'bigint', 'undefined']).toContain(typeof read)
    }),
  )
})
