import { describe, expect, it } from 'vitest'
import { VoiceHistory } from './voice-history.ts'

describe('VoiceHistory', () => {
  it('counts a wait from the last word, not from when the bot noticed', () => {
    const history = new VoiceHistory()
    for (let at = 0; at < 1000; at += 40) history.add(at, at < 600 ? 0.1 : 0.001, 0)
    history.beginWait(1000)
    expect(history.openWait?.startMs).toBe(560)
  })

  it('counts from now when nothing was said, as with typed words', () => {
    const history = new VoiceHistory()
    history.beginWait(500)
    expect(history.openWait).toMatchObject({ startMs: 500, isTyped: true })
  })

  it('has one wait at a time, and forgets it when the user goes on', () => {
    const history = new VoiceHistory()
    history.beginWait(100)
    history.beginWait(200)
    expect(history.waits).toHaveLength(1)
    history.dropWait()
    expect(history.waits).toEqual([])
  })

  it('explains a wait when the bot has measured it', () => {
    const history = new VoiceHistory()
    history.beginWait(100)
    history.endWait(900)
    history.explain({ voiceToVoiceMs: 800, parts: { first_token: 800 } })
    expect(history.waits[0]).toMatchObject({ startMs: 100, endMs: 900, latency: { voiceToVoiceMs: 800 } })
    expect(history.openWait).toBeNull()
  })

  it('keeps about a minute', () => {
    const history = new VoiceHistory()
    for (let at = 0; at < 300_000; at += 40) history.add(at, 0, 0)
    expect(history.samples.length).toBeLessThan(1800)
    expect(history.samples[0]?.atMs).toBeGreaterThan(220_000)
  })
})
