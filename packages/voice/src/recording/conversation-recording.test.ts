import { Decoder, Encoder } from '@evan/opus'
import { describe, expect, it } from 'vitest'
import { ConversationRecording } from './conversation-recording.ts'
import { decoded, onsets, pagesOf } from './decoded.test.support.ts'

const FRAME_MS = 10
/** 2 ms of a tone that is loud at once. */
function click(sampleRate: number, ms = 2): number[] {
  return Array.from({ length: (sampleRate * ms) / 1000 }, (_, i) =>
    Math.round(24_000 * Math.cos((2 * Math.PI * 2_000 * i) / sampleRate)),
  )
}

/** Encodes and decodes frame by frame, as a browser and the bot do with what a microphone hears. */
function opus(): (samples: Int16Array) => Int16Array {
  const encoder = new Encoder({ channels: 1, sample_rate: 16_000, application: 'voip' })
  const decoder = new Decoder({ channels: 1, sample_rate: 16_000 })
  return (samples) => {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
    const sound = decoder.decode(encoder.encode(bytes))
    return new Int16Array(sound.slice().buffer)
  }
}

interface Side {
  /** When clicks are made, in milliseconds of the listener's clock. */
  clicksMs: number[]
}

/** Plays an agent and a user whose packets are late and whose clock drifts into a recording. */
function record(options: {
  lengthMs: number
  user: Side & { drift?: number; lateMs?(sentMs: number): number; lostMs?: readonly number[] }
  agent: Side
}) {
  const { lengthMs, user, agent } = options
  const startMs = 5_000
  const pages: Buffer[] = []
  const recording = new ConversationRecording({
    startMs,
    sink: { append: (page) => pages.push(Buffer.from(page)) },
  })
  const overTheNet = opus()
  let arrivedMs = 0
  const due: { atMs: number; run(): void }[] = []
  for (let ms = 0; ms < lengthMs; ms += FRAME_MS) {
    due.push({
      atMs: ms,
      run: () => {
        const samples = soundOf(agent.clicksMs, ms, 48_000)
        recording.agent(samples ? { samples, sampleRate: 48_000 } : null, startMs + ms)
      },
    })
    const samples = overTheNet(soundOf(user.clicksMs, ms, 16_000) ?? new Int16Array(160))
    if (user.lostMs?.includes(ms)) continue
    // What comes after a late packet waits for it.
    arrivedMs = Math.max(arrivedMs, ms + FRAME_MS + (user.lateMs?.(ms) ?? 0))
    const atMs = arrivedMs
    const timestamp = Math.round(ms * 48 * (1 + (user.drift ?? 0))) + 77_777
    due.push({
      atMs,
      run: () => recording.user(samples, { ssrc: 1, timestamp }, startMs + atMs),
    })
  }
  for (const { run } of due.toSorted((one, other) => one.atMs - other.atMs)) run()
  recording.end(startMs + lengthMs)
  recording.end(startMs + lengthMs)
  return { pages, file: Buffer.concat(pages) }
}

/** The 10 ms from `ms` on: a click where one begins in them. */
function soundOf(clicksMs: readonly number[], ms: number, sampleRate: number): Int16Array | null {
  const at = clicksMs.find((click) => click >= ms && click < ms + FRAME_MS)
  if (at === undefined) return null
  const samples = new Int16Array((sampleRate * FRAME_MS) / 1000)
  samples.set(click(sampleRate), Math.round(((at - ms) * sampleRate) / 1000))
  return samples
}

function expectNear(found: number[], wanted: number[], withinMs: number): void {
  expect(found).toHaveLength(wanted.length)
  found.forEach((ms, i) => {
    expect(Math.abs(ms - (wanted[i] ?? 0)), `at ${wanted[i]} ms, found ${ms}`).toBeLessThan(withinMs)
  })
}

describe('ConversationRecording', () => {
  it('has each voice in its channel, where it was heard', () => {
    const { file } = record({
      lengthMs: 3_000,
      user: { clicksMs: [402, 1_800] },
      agent: { clicksMs: [1_001, 1_800, 2_990] },
    })
    const { user, agent } = decoded(file)
    expectNear(onsets(user), [402, 1_800], 3)
    expectNear(onsets(agent), [1_001, 1_800, 2_990], 3)
    expect(user.length).toBe(3_000 * 48)
  })

  it('keeps both voices together though packets are late and the clock of the user drifts', () => {
    const clicksMs = Array.from({ length: 23 }, (_, i) => 1_000 + i * 1_000)
    // Ten times what the clocks of two machines differ by.
    const { file } = record({
      lengthMs: 25_000,
      user: {
        clicksMs,
        drift: 1e-3,
        lateMs: (ms) => ((ms / FRAME_MS) % 7 === 0 ? 40 : (ms / FRAME_MS) % 3),
      },
      agent: { clicksMs },
    })
    const { user, agent } = decoded(file)
    expectNear(onsets(agent), clicksMs, 3)
    expectNear(onsets(user), clicksMs, 10)
  })

  it('is silent where nothing came, and in time after it', () => {
    const lostMs = Array.from({ length: 100 }, (_, i) => 500 + i * FRAME_MS)
    const { file } = record({
      lengthMs: 3_000,
      user: { clicksMs: [300, 2_000], lostMs },
      agent: { clicksMs: [] },
    })
    expectNear(onsets(decoded(file).user), [300, 2_000], 3)
  })

  it('can be played up to its last page, less than a second before it breaks off', () => {
    const { pages } = record({
      lengthMs: 5_000,
      user: { clicksMs: [300, 3_000] },
      agent: { clicksMs: [3_500] },
    })
    const granules = pages.slice(1).flatMap((page) => pagesOf(page).map(({ granule }) => granule))
    granules.forEach((granule, i) => {
      expect(granule - (granules[i - 1] ?? 0)).toBeLessThanOrEqual(14_400)
    })
    const file = Buffer.concat(pages.slice(0, -4))
    const { user, agent } = decoded(file.subarray(0, file.length - 10))
    expectNear(onsets(user), [300, 3_000], 3)
    expect(agent.length).toBeGreaterThan(3_000 * 48)
  })

  it('begins where the call begins, whatever came before', () => {
    const pages: Buffer[] = []
    const recording = new ConversationRecording({
      startMs: 1_000,
      sink: { append: (page) => pages.push(Buffer.from(page)) },
    })
    for (let ms = 900; ms < 1_500; ms += FRAME_MS)
      recording.agent(
        { samples: Int16Array.from({ length: 480 }, () => (ms < 1_000 ? 20_000 : 0)), sampleRate: 48_000 },
        ms,
      )
    recording.end(1_500)
    const { agent } = decoded(Buffer.concat(pages))
    expect(agent.length).toBe(500 * 48)
    expect(onsets(agent.subarray(480))).toEqual([])
  })
})
