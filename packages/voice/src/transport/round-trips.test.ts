import { expect, test } from 'vitest'
import { RoundTrips } from './round-trips.ts'

test('a round trip is not known before one was reported, and then is the least of the last five', () => {
  const trips = new RoundTrips()
  trips.reported(0, 0)
  expect(trips.leastMs).toBeNull()
  trips.reported(2, 100)
  expect(trips.leastMs).toBe(50)
  trips.reported(3, 220)
  trips.reported(3, 220)
  expect(trips.leastMs).toBe(50)
  for (const count of [4, 5, 6, 7]) trips.reported(count, 220 + (count - 3) * 80)
  expect(trips.leastMs).toBe(80)
})
