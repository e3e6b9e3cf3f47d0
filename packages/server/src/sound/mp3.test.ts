import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Chance } from '../chance.test.support.ts'
import { readFrameHead } from './mp3-frame.ts'
import { envelopeOf, expectTwoVoices, fixture, isLoud, mp3, voicesOf } from './sound.test.support.ts'
import { soundReader } from './sound-readers.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes of array buffers that something still holds, or that are about to be freed. */
function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

describe('MP3', () => {
  test('keeps its place in time, however its bytes are cut', () => {
    const whole = envelopeOf('audio/mpeg', mp3)
    expectTwoVoices(whole.data, 10)
    expect(whole.durationMs).toBe(4000)
    for (const pieceBytes of [333, 5000]) {
      expect(envelopeOf('audio/mpeg', mp3, pieceBytes).data.equals(whole.data)).toBe(true)
    }
  })

  test('leaves out what its encoder added at its end, and nothing of what comes after that, or of a file that was cut off', () => {
    const twice = envelopeOf('audio/mpeg', Buffer.concat([mp3, mp3]), 5000)
    expect(twice.durationMs).toBeGreaterThan(8000)
    expect([1500, 2000, 5600].map((ms) => isLoud(twice.data, 0, ms))).toEqual([true, false, true])
    const half = soundReader('audio/mpeg', 0, null).read(mp3.subarray(0, mp3.length / 2))
    expect(half.at(-1)?.channels[0]?.length).toBe(1152)
  })

  test('of one channel, without a word about itself, is drawn where it is heard', () => {
    // Made by LAME at 16 kHz with -t, of both voices mixed. Nobody knows that the encoder put 69 ms before it.
    const file = fixture('mono-without-info.mp3')
    const [voices] = voicesOf(envelopeOf('audio/mpeg', file, 1000, 1).data, 1)
    expect([voices?.from, voices?.to]).toEqual([1069, 3569].map((ms) => expect.closeTo(ms, -1.3)))
  })

  test('is drawn as it is played where its bytes are damaged, with the sound after them', () => {
    const damaged = Buffer.from(mp3)
    new Chance(1).bytes(400).copy(damaged, 9000)
    const [user, agent] = voicesOf(envelopeOf('audio/mpeg', damaged, 5000).data)
    expect([user?.from, user?.to]).toEqual([1000, 2000].map((ms) => expect.closeTo(ms, -1.3)))
    // Frames that are lost are not heard, and what follows comes as much earlier.
    expect(agent?.from).toBeGreaterThan(2300)
    expect((agent?.to ?? 0) - (agent?.from ?? 0)).toBeCloseTo(1000, -1.7)
  })

  test('of a quarter of an hour holds no more memory than a minute', async () => {
    const quarter = Buffer.concat(Array.from({ length: 225 }, () => mp3))
    const reader = soundReader('audio/mpeg', 0, null)
    let samples = 0
    const before = heldBytes()
    for (let from = 0; from < quarter.length; from += 256 * 1024) {
      for (const { channels } of reader.read(quarter.subarray(from, from + 256 * 1024)))
        samples += channels[0]?.length ?? 0
    }
    expect(samples / 32_000).toBeGreaterThan(900)
    await expect.poll(() => heldBytes() - before).toBeLessThan(8 * 1024 * 1024)
    expect(JSON.stringify(reader.place()).length).toBeLessThan(8192)
  })

  test('has frames only where all bits of their beginning are set', () => {
    expect(readFrameHead(Buffer.from([0xff, 0xfb, 0x90, 0x64]))).toMatchObject({ rate: 44_100, channels: 2 })
    for (const head of [
      [0xff, 0x1b, 0x90, 0x64],
      [0xfe, 0xfb, 0x90, 0x64],
      [0xff, 0xfb, 0x90],
    ]) {
      expect(readFrameHead(Buffer.from(head))).toBeNull()
    }
  })

  test('with a picture in its tag is read after it, however large', () => {
    const tag = Buffer.alloc(10 + 600_000)
    tag.write('ID3\x03')
    tag.set([0, 600_000 >> 14, (600_000 >> 7) & 127, 600_000 & 127], 6)
    tag.fill(Buffer.from([0xff, 0xfb, 0x90, 0x00]), 10)
    expectTwoVoices(envelopeOf('audio/mpeg', Buffer.concat([tag, mp3]), 100_000).data, 10)
  })

  test('of another layer says so', () => {
    const layerTwo = Buffer.alloc(417 * 1000)
    for (let at = 0; at < layerTwo.length; at += 417) layerTwo.set([0xff, 0xfd, 0x80, 0x00], at)
    expect(() => envelopeOf('audio/mpeg', layerTwo)).toThrow(/layer I or II/)
  })
})
