import { describe, expect, it } from 'vitest'
import { Resampler } from './resample.ts'

function tone(hertz: number, sampleRate: number, seconds: number): Int16Array {
  return Int16Array.from(
    { length: sampleRate * seconds },
    (_, i) => 10_000 * Math.sin((2 * Math.PI * hertz * i) / sampleRate),
  )
}

/** Amplitude of one frequency in the middle half of a signal (Goertzel by plain correlation). */
function amplitude(samples: Int16Array, hertz: number, sampleRate: number): number {
  const middle = samples.subarray(samples.length / 4, (3 * samples.length) / 4)
  let re = 0
  let im = 0
  middle.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * hertz * i) / sampleRate)
    im += sample * Math.sin((2 * Math.PI * hertz * i) / sampleRate)
  })
  return (2 * Math.hypot(re, im)) / middle.length
}

function inFrames(resampler: Resampler, samples: Int16Array, frame: number): Int16Array {
  const parts: number[] = []
  for (let i = 0; i < samples.length; i += frame)
    parts.push(...resampler.process(samples.subarray(i, i + frame)))
  return Int16Array.from(parts)
}

describe('Resampler', () => {
  it.each([16_000, 22_050, 24_000, 44_100, 8_000])(
    'keeps speech frequencies of %d Hz sound at 48 kHz, and its length',
    (rate) => {
      const output = new Resampler(rate, 48_000).process(tone(1_000, rate, 1))
      expect(output.length).toBe(48_000)
      expect(amplitude(output, 1_000, 48_000)).toBeCloseTo(10_000, -2)
    },
  )

  it('leaves no mirror image above the old band', () => {
    const output = new Resampler(16_000, 48_000).process(tone(5_000, 16_000, 1))
    expect(amplitude(output, 5_000, 48_000)).toBeGreaterThan(9_500)
    expect(amplitude(output, 11_000, 48_000)).toBeLessThan(10)
    expect(amplitude(output, 21_000, 48_000)).toBeLessThan(10)
  })

  it('takes away what the new rate cannot hold', () => {
    const output = new Resampler(48_000, 16_000).process(tone(12_000, 48_000, 1))
    expect(amplitude(output, 4_000, 16_000)).toBeLessThan(20)
  })

  it('gives the same stream however it is cut into frames', () => {
    const whole = new Resampler(22_050, 48_000).process(tone(440, 22_050, 0.2))
    for (const frame of [1, 7, 160, 441]) {
      expect(inFrames(new Resampler(22_050, 48_000), tone(440, 22_050, 0.2), frame)).toEqual(whole)
    }
  })

  it('clips instead of wrapping around', () => {
    const square = Int16Array.from({ length: 1600 }, (_, i) => (Math.floor(i / 20) % 2 ? 32_767 : -32_768))
    const output = new Resampler(16_000, 48_000).process(square)
    for (let i = 1; i < output.length; i++)
      expect(Math.abs((output[i] ?? 0) - (output[i - 1] ?? 0))).toBeLessThan(40_000)
  })

  it.each([0, -16_000, 1, 44_100.5, Number.NaN, 1_000_000])('refuses the rate %d', (rate) => {
    expect(() => new Resampler(rate, 48_000)).toThrow(RangeError)
  })
})
