import { describe, expect, it } from 'vitest'
import { QueuedSpeaker } from './speaker.ts'

function sound(ms: number, sampleRate = 48_000): { samples: Int16Array; sampleRate: number } {
  return { samples: new Int16Array((ms * sampleRate) / 1000).fill(8_000), sampleRate }
}

function peak(samples: Int16Array): number {
  return samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0)
}

describe('QueuedSpeaker', () => {
  it('plays silence while nothing is queued, and does not count it', () => {
    const speaker = new QueuedSpeaker()
    expect(peak(speaker.nextFrame())).toBe(0)
    expect(speaker.playedMs).toBe(0)
  })

  it('counts what is queued and played, at any sample rate', () => {
    const speaker = new QueuedSpeaker()
    speaker.play(sound(100, 16_000))
    speaker.play(sound(50, 24_000))
    expect(speaker.queuedMs).toBe(150)
    for (let i = 0; i < 4; i++) speaker.nextFrame()
    expect(speaker.queuedMs).toBe(110)
    expect(speaker.playedMs).toBe(40)
    for (let i = 0; i < 20; i++) speaker.nextFrame()
    expect(speaker.queuedMs).toBe(0)
    expect(speaker.playedMs).toBe(150)
  })

  it('plays sounds in order and fills the last frame up with silence', () => {
    const speaker = new QueuedSpeaker()
    speaker.play({ samples: new Int16Array(240).fill(1_000), sampleRate: 48_000 })
    speaker.play({ samples: new Int16Array(120).fill(2_000), sampleRate: 48_000 })
    const frame = speaker.nextFrame()
    expect([frame[0], frame[239], frame[240], frame[359], frame[360], frame[479]]).toEqual([
      1_000, 1_000, 2_000, 2_000, 0, 0,
    ])
  })

  it('falls silent within one frame when cleared, without a click, and says how much was forgotten', () => {
    const speaker = new QueuedSpeaker()
    speaker.play(sound(1_000))
    speaker.nextFrame()
    expect(speaker.clear()).toBe(985)
    expect(speaker.queuedMs).toBe(0)
    expect(speaker.playedMs).toBe(15)
    const fading = speaker.nextFrame()
    for (let i = 1; i < fading.length; i++)
      expect(Math.abs((fading[i] ?? 0) - (fading[i - 1] ?? 0))).toBeLessThan(100)
    expect(peak(fading.subarray(240))).toBe(0)
    expect(peak(speaker.nextFrame())).toBe(0)
  })

  it('plays what is queued after a clear', () => {
    const speaker = new QueuedSpeaker()
    speaker.play(sound(500, 16_000))
    speaker.clear()
    speaker.play(sound(20, 16_000))
    speaker.nextFrame()
    expect(peak(speaker.nextFrame())).toBeGreaterThan(7_000)
  })

  it('clears nothing twice', () => {
    const speaker = new QueuedSpeaker()
    expect(speaker.clear()).toBe(0)
    speaker.play(sound(3))
    expect(speaker.clear()).toBe(0)
    expect(speaker.clear()).toBe(0)
  })

  it('tells when all is played, forgotten, or the call is over', async () => {
    const speaker = new QueuedSpeaker()
    await speaker.drained()
    speaker.play(sound(10))
    const played = speaker.drained()
    speaker.nextFrame()
    await played
    speaker.play(sound(1_000))
    const forgotten = speaker.drained()
    speaker.clear()
    await forgotten
    speaker.play(sound(1_000))
    const ended = speaker.drained()
    speaker.close()
    await ended
    speaker.play(sound(1_000))
    expect(speaker.queuedMs).toBe(0)
  })
})
