import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PacketDecoder, Uplink } from './uplink.ts'

/** Packets of 10 ms whose samples all bear the packet's number; concealed samples are -1. */
const decoder: PacketDecoder = {
  decode: ([number = 0]) => new Int16Array(160).fill(number),
  conceal: (count) => new Int16Array(count).fill(-1),
}

function listening(now = 0): { uplink: Uplink; heard: () => number[]; samples: () => number } {
  const all: Int16Array[] = []
  const uplink = new Uplink(decoder, (samples) => all.push(samples), now)
  return {
    uplink,
    heard: () => all.flatMap((samples) => (samples.length === 0 ? [] : [...new Set(samples)])),
    samples: () => all.reduce((sum, samples) => sum + samples.length, 0),
  }
}

function packet(
  number: number,
  sequence = number,
  timestamp = number * 480,
): Parameters<Uplink['receive']>[0] {
  return { sequence: sequence & 0xffff, timestamp: timestamp >>> 0, payload: Uint8Array.of(number) }
}

describe('Uplink', () => {
  it('hands packets in their turn on at once', () => {
    const { uplink, heard } = listening()
    for (const number of [1, 2, 3]) uplink.receive(packet(number), number * 10)
    expect(heard()).toEqual([1, 2, 3])
  })

  it('puts packets in order and hears none twice', () => {
    const { uplink, heard } = listening()
    for (const number of [1, 3, 4, 2, 3, 2, 5]) uplink.receive(packet(number), 10)
    expect(heard()).toEqual([1, 2, 3, 4, 5])
  })

  it('conceals a lost packet after 40 ms, as long as it was', () => {
    const { uplink, heard, samples } = listening()
    uplink.receive(packet(1), 10)
    uplink.receive(packet(4), 40)
    uplink.tick(70)
    expect(heard()).toEqual([1])
    uplink.tick(80)
    expect(heard()).toEqual([1, -1, 4])
    expect(samples()).toBe(4 * 160)
    uplink.receive(packet(2), 90)
    expect(heard()).toEqual([1, -1, 4])
  })

  it('conceals two gaps one after the other', () => {
    const { uplink, heard } = listening()
    for (const number of [1, 3, 5]) uplink.receive(packet(number), 10)
    uplink.tick(50)
    expect(heard()).toEqual([1, -1, 3, -1, 5])
  })

  it('keeps time while nothing comes, and loses nothing of what comes late', () => {
    const { uplink, heard, samples } = listening()
    uplink.receive(packet(1), 0)
    for (let now = 10; now <= 210; now += 10) uplink.tick(now)
    expect(samples()).toBe(160 + 10 * 160)
    for (const number of [2, 3, 4]) uplink.receive(packet(number), 220)
    expect(heard().filter((number) => number > 0)).toEqual([1, 2, 3, 4])
  })

  it('fades to silence while nothing comes', () => {
    const frames: Int16Array[] = []
    const humming: PacketDecoder = { ...decoder, conceal: (count) => new Int16Array(count).fill(1_000) }
    const uplink = new Uplink(humming, (samples) => frames.push(samples), 0)
    for (let now = 120; now < 220; now += 10) uplink.tick(now)
    expect(frames[0]?.[0]).toBe(1_000)
    expect(frames[5]?.[0]).toBeLessThan(200)
    expect(frames.slice(6).every((samples) => samples.every((sample) => sample === 0))).toBe(true)
  })

  it('fills the pause of a sender that sent nothing, once', () => {
    const { uplink, samples } = listening()
    uplink.receive(packet(1, 1, 480), 0)
    for (let now = 10; now <= 300; now += 10) uplink.tick(now)
    uplink.receive(packet(2, 2, 480 + 31 * 480), 310)
    expect(samples()).toBe(32 * 160)
  })

  it('follows sequence numbers and timestamps over their wrap', () => {
    const { uplink, heard, samples } = listening()
    for (let i = 0; i < 6; i++) uplink.receive(packet(i + 1, 65_533 + i, 2 ** 32 - 960 + i * 480), i * 10)
    expect(heard()).toEqual([1, 2, 3, 4, 5, 6])
    expect(samples()).toBe(6 * 160)
  })

  it('starts anew when the sender does', () => {
    const { uplink, heard } = listening()
    uplink.receive(packet(1), 0)
    uplink.receive(packet(2, 30_000, 7), 10)
    uplink.receive(packet(3, 30_001, 487), 20)
    expect(heard()).toEqual([1, 2, 3])
  })

  it('gives frames of at most 20 ms', () => {
    const frames: number[] = []
    const long: PacketDecoder = { ...decoder, decode: () => new Int16Array(960) }
    new Uplink(long, (samples) => frames.push(samples.length), 0).receive(packet(1), 0)
    expect(frames).toEqual([320, 320, 320])
  })

  it('hears every packet that comes in time exactly once and in order, whatever the network does', () => {
    const arrivals = fc.array(
      fc.record({ number: fc.integer({ min: 2, max: 60 }), wait: fc.integer({ min: 0, max: 15 }) }),
    )
    fc.assert(
      fc.property(arrivals, (packets) => {
        const { uplink, heard } = listening()
        let now = 0
        uplink.receive(packet(1), now)
        for (const { number, wait } of packets) {
          now += wait
          uplink.receive(packet(number), now)
        }
        uplink.tick(now + 40)
        const real = heard().filter((number) => number > 0)
        expect(real).toEqual([...new Set(real)].sort((a, b) => a - b))
        const last = packets.at(-1)
        if (last && last.number > Math.max(...packets.slice(0, -1).map(({ number }) => number), 1)) {
          expect(real.at(-1)).toBe(last.number)
        }
      }),
    )
  })
})
