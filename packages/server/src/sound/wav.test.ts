import { describe, expect, test } from 'vitest'
import { envelopeOf, expectTwoVoices, voicesOf } from './sound.test.support.ts'
import { soundReader } from './sound-readers.ts'
import { twoVoices, wavFile } from './test-sound.ts'

describe('WAV', () => {
  test('is read exactly, however its bytes are cut', () => {
    const file = wavFile(twoVoices(44_100), 44_100)
    const whole = envelopeOf('audio/wav', file)
    expectTwoVoices(whole.data, 0)
    expect([whole.durationMs, whole.bytes]).toEqual([4000, file.length])
    // Half of full scale: lowest, highest, and 0.5 / √2.
    const at = 150 * 6
    expect([whole.data.readInt8(at), whole.data.readInt8(at + 1)]).toEqual([-63, 63])
    expect(Math.abs(whole.data.readUInt8(at + 2) - 90)).toBeLessThanOrEqual(2)
    expect(whole.data.length).toBe(400 * 6)
    for (const pieceBytes of [101, 1001, 65_536]) {
      expect(envelopeOf('audio/wav', file, pieceBytes).data.equals(whole.data)).toBe(true)
    }
  })

  test.each([
    [
      'PCM of 8 bits',
      1,
      8,
      (b: Buffer, at: number, s: number) => b.writeUInt8(Math.round(128 + s * 127), at),
    ],
    [
      'PCM of 24 bits',
      1,
      24,
      (b: Buffer, at: number, s: number) => b.writeIntLE(Math.round(s * 8_388_607), at, 3),
    ],
    [
      'PCM of 32 bits',
      1,
      32,
      (b: Buffer, at: number, s: number) => b.writeInt32LE(Math.round(s * 2_147_483_647), at),
    ],
    ['floating point', 3, 32, (b: Buffer, at: number, s: number) => b.writeFloatLE(s, at)],
    ['µ-law', 7, 8, (b: Buffer, at: number, s: number) => b.writeUInt8(muLaw(s), at)],
    ['A-law', 6, 8, (b: Buffer, at: number, s: number) => b.writeUInt8(aLaw(s), at)],
  ])('of %s is read', (_, format, bits, write) => {
    const { data } = envelopeOf('audio/wav', wavFile(twoVoices(8000), 8000, { format, bits }, write))
    expectTwoVoices(data, 0)
    expect(Math.abs(data.readUInt8(150 * 6 + 2) - 90)).toBeLessThanOrEqual(2)
  })

  test('is read at a rate that does not divide into hundredths of a second', () => {
    expectTwoVoices(envelopeOf('audio/wav', wavFile(twoVoices(8004), 8004)).data, 0)
  })

  test('whose size was never filled in is read to its end', () => {
    const file = wavFile(twoVoices(8000), 8000, { dataBytes: 0xffff_ffff })
    expect(envelopeOf('audio/wav', file).durationMs).toBe(4000)
  })

  test('whose size was left 0 is read to its end, and of a known size no further', () => {
    const file = (dataBytes?: number) =>
      wavFile(twoVoices(8000), 8000, dataBytes === undefined ? {} : { dataBytes })
    expect(envelopeOf('audio/wav', file(0)).durationMs).toBe(4000)
    const tagged = Buffer.concat([file(), Buffer.from('LIST\x10\0\0\0INFO and its text')])
    const { durationMs, bytes } = envelopeOf('audio/wav', tagged, 9999)
    expect([durationMs, bytes]).toEqual([4000, tagged.length])
  })

  test('is mixed when it is said to carry all voices in one', () => {
    const { data } = envelopeOf('audio/wav', wavFile(twoVoices(8000), 8000), 9999, 1)
    expect(voicesOf(data, 1)).toEqual([{ from: 1000, to: 3500 }])
  })

  test('of up to eight channels is read', () => {
    const file = (channels: number) =>
      wavFile(
        Array.from({ length: channels }, () => new Float32Array(8)),
        8000,
      )
    const [sound] = soundReader('audio/wav', 0, null).read(file(8))
    expect(sound?.channels).toHaveLength(8)
    expect(() => soundReader('audio/wav', 0, null).read(file(9))).toThrow(/9 channels/)
  })

  test('with fewer channels than named says so', () => {
    const [user = new Float32Array()] = twoVoices(8000)
    expect(() => envelopeOf('audio/wav', wavFile([user], 8000))).toThrow(/has one channel, but 2 were named/)
  })
})

/** ITU-T G.711, by search: the code whose sample is nearest. */
function muLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(Math.round(sample * 32_767)) + 0x84, 32_767)
  const exponent = Math.max(0, 24 - Math.clz32(magnitude))
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff
}

function aLaw(sample: number): number {
  const magnitude = Math.abs(Math.round(sample * 32_767))
  const exponent = Math.max(0, 24 - Math.clz32(magnitude))
  const mantissa = exponent === 0 ? magnitude >> 4 : (magnitude >> (exponent + 3)) & 15
  return ((sample < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55
}
