import { expect, test } from 'vitest'
import { Chance } from '../chance.test.support.ts'
import { coarser } from './envelope.ts'
import { envelopeOf, mp3, ogg, opus } from './sound.test.support.ts'
import { twoVoices, wavFile, webmFile } from './test-sound.ts'

const seed = Number(process.env.VOXTRACE_SEED ?? 1)

test('noise in place of a file is refused or silent, and never more than that', () => {
  const chance = new Chance(seed)
  for (const contentType of ['audio/wav', 'audio/ogg', 'audio/webm', 'audio/mpeg'] as const) {
    for (let round = 0; round < 15; round++) {
      const file = {
        'audio/wav': wavFile(twoVoices(8000), 8000),
        'audio/ogg': ogg,
        'audio/webm': webmFile(opus, 2),
        'audio/mpeg': mp3,
      }[contentType]
      const damaged = Buffer.from(file)
      for (let hit = 0; hit < 40; hit++)
        damaged[chance.below(Math.min(damaged.length, 4000))] = chance.below(256)
      try {
        expect(envelopeOf(contentType, damaged).bytes).toBeLessThanOrEqual(damaged.length)
      } catch (error) {
        expect(String(error)).toMatch(/WAV|WebM|Opus|MP3|sound has|24 hours|RIFF|named/)
      }
    }
  }
})

test('a coarser envelope keeps the lowest and highest, and the root mean square of all', () => {
  const fine = Buffer.from([-3, 5, 30, -9, 2, 40, -1, 1, 10].map((value) => value & 0xff))
  const joined = coarser(fine, 1, 2)
  expect([joined.readInt8(0), joined.readInt8(1), joined.readUInt8(2)]).toEqual([-9, 5, 35])
  expect([joined.readInt8(3), joined.readInt8(4), joined.readUInt8(5)]).toEqual([-1, 1, 10])
})
