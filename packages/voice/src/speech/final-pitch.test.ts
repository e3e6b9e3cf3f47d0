import { describe, expect, it } from 'vitest'
import { finalPitch } from './final-pitch.ts'

const sampleRate = 16_000

/** A buzz as of vocal cords whose pitch and loudness follow the time in milliseconds. */
function voice(
  ms: number,
  hertz: (atMs: number) => number,
  loudness: (atMs: number) => number = () => 4_000,
) {
  let phase = 0
  return Int16Array.from({ length: (ms * sampleRate) / 1000 }, (_, index) => {
    const atMs = (index * 1000) / sampleRate
    phase += (2 * Math.PI * hertz(atMs)) / sampleRate
    const buzz = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.3 * Math.sin(3 * phase)
    return Math.round(loudness(atMs) * buzz)
  })
}

const joined = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]))
const silence = (ms: number) => new Int16Array((ms * sampleRate) / 1000)

describe('finalPitch', () => {
  it('finds a level voice level, whatever its pitch', () => {
    for (const hertz of [95, 130, 215, 330]) {
      const pitch = finalPitch(voice(800, () => hertz))
      expect(pitch?.rise).toBeCloseTo(0, 1)
      expect(pitch?.aboveMiddle).toBeCloseTo(0, 1)
      expect(pitch?.louder).toBeCloseTo(0, 0)
    }
  })

  it('measures in semitones how far the pitch rises at the end', () => {
    const pitch = finalPitch(
      joined(
        voice(700, (ms) => (ms < 580 ? 120 : 135)),
        silence(96),
      ),
    )
    expect(pitch?.rise).toBeCloseTo(12 * Math.log2(135 / 120), 0)
  })

  it('measures how far a statement falls and dies away', () => {
    const pitch = finalPitch(
      voice(
        1_000,
        (ms) => (ms < 700 ? 220 : 220 - (ms - 700) * 0.3),
        (ms) => (ms < 850 ? 4_000 : 800),
      ),
    )
    expect(pitch?.aboveMiddle).toBeLessThan(-5)
    expect(pitch?.aboveFloor).toBeLessThan(-1)
    expect(pitch?.louder).toBeCloseTo(-14, 0)
  })

  it('hears the end of the voice, not the noise of the room after it', () => {
    let state = 7
    const noise = silence(300).map(() => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return (state / 2 ** 31 - 0.5) * 200
    })
    const spoken = voice(700, (ms) => (ms < 580 ? 120 : 135))
    expect(finalPitch(joined(spoken, noise))?.rise).toBeCloseTo(2, 0)
  })

  it('tells nothing where nothing is voiced', () => {
    expect(finalPitch(new Int16Array(0))).toBeNull()
    expect(finalPitch(silence(1_000))).toBeNull()
    expect(finalPitch(voice(60, () => 120))).toBeNull()
  })
})
