import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeWav, encodeWav } from './wav.ts'

describe('WAV', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ maxLength: 500 }),
        fc.constantFrom(8_000, 16_000, 24_000),
        (samples, sampleRate) => {
          expect(decodeWav(encodeWav({ samples, sampleRate }))).toEqual({ samples, sampleRate })
        },
      ),
    )
  })

  it('reads up to the end of the file when the header claims more, as a streaming writer leaves it', () => {
    const wav = encodeWav({ samples: Int16Array.of(1, 2, 3), sampleRate: 16_000 })
    new DataView(wav.buffer).setUint32(40, 0xffffffff, true)
    expect([...decodeWav(wav).samples]).toEqual([1, 2, 3])
  })

  it('refuses anything else with a reason, and never reads past the end', () => {
    const stereo = encodeWav({ samples: Int16Array.of(1), sampleRate: 16_000 })
    new DataView(stereo.buffer).setUint16(22, 2, true)
    expect(() => decodeWav(stereo)).toThrow('16-bit mono PCM is read')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeWav(bytes)).toThrow('not a WAV file')
      }),
    )
  })
})
