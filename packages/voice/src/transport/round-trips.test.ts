import { expect, test } from 'vitest'
import { RoundTrips } from './round-trips.ts'

test('a round trip is not known before one was measured, and then is the mean of the latest', () => {
  const trips = new RoundTrips()
  expect(trips.meanMs(0, 0)).toBeNull()
  expect(trips.meanMs(2, 100)).toBe(50)
  expect(trips.meanMs(2, 100)).toBe(50)
  expect(trips.meanMs(3, 220)).toBe(120)
})
