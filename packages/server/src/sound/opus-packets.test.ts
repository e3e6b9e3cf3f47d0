import { expect, test } from 'vitest'
import { packetSamples } from './opus-packets.ts'

test.each([
  ['one frame', [0x78], 960],
  ['two frames', [0x79], 1920],
  ['two frames of different sizes', [0x7a], 1920],
  ['as many as it says', [0x7b, 3], 2880],
  ['120 ms at most', [0x7b, 63], 5760],
  ['a number of frames that is missing', [0x7b], 0],
  ['nothing', [], 0],
])('an Opus packet of %s tells its length', (_, bytes, samples) => {
  expect(packetSamples(Buffer.from(bytes))).toBe(samples)
})
