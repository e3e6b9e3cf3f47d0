import { AudioFrame } from '@livekit/rtc-node'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PcmFrame, Speaker } from '../transport/call.ts'
import { clauseKey, heardText, type PlaybackListener, SpeakerOutput } from './speaker-output.ts'
import { prepareLiveKit } from './start-conversation.ts'
import { Clause, Utterance } from './utterance.ts'

beforeAll(() => prepareLiveKit())

describe('heardText', () => {
  const clauses = [
    { text: 'You said hello.', ms: 1_000 },
    { text: 'one two three four', ms: 1_000 },
  ]

  it.each([
    [0, ''],
    [500, 'You'],
    [1_000, 'You said hello.'],
    [1_260, 'You said hello. one'],
    [1_999, 'You said hello. one two three'],
    [2_000, 'You said hello. one two three four'],
    [9_000, 'You said hello. one two three four'],
  ])('after %i ms', (playedMs, expected) => expect(heardText(clauses, playedMs)).toBe(expected))

  it('is nothing when nothing was spoken', () => expect(heardText([], 100)).toBe(''))
})

/** A speaker that plays when it is told to. */
class SteppedSpeaker implements Speaker {
  queuedMs = 0
  playedMs = 0
  #settle: () => void = () => {}

  play({ samples, sampleRate }: PcmFrame): void {
    this.queuedMs += (samples.length / sampleRate) * 1000
  }

  clear(): number {
    const forgotten = this.queuedMs
    this.queuedMs = 0
    this.#settle()
    return forgotten
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  pass(ms: number): void {
    const played = Math.min(ms, this.queuedMs)
    this.queuedMs -= played
    this.playedMs += played
    if (this.queuedMs === 0) this.#settle()
  }
}

function rig() {
  const speaker = new SteppedSpeaker()
  const finished: { heard: string; interrupted: boolean }[] = []
  const audible: number[] = []
  const listener: PlaybackListener = {
    audible: (_utterance, atMs) => audible.push(atMs),
    clauseQueued: () => {},
    finished: (_utterance, { heard, interrupted }) => finished.push({ heard, interrupted }),
  }
  return { speaker, finished, audible, output: new SpeakerOutput(speaker, listener) }
}

const soundOf = (clause: Clause, ms: number, amplitude = 9_000) =>
  new AudioFrame(new Int16Array(ms * 16).fill(amplitude), 16_000, 1, ms * 16, { [clauseKey]: clause })

describe('SpeakerOutput', () => {
  it('tells what was heard of a whole utterance when its last sound has been played', async () => {
    const { speaker, finished, output } = rig()
    const clause = new Clause('All of it.', new Utterance(null))
    await output.captureFrame(soundOf(clause, 200))
    await output.captureFrame(soundOf(clause, 200))
    output.flush()
    speaker.pass(399)
    await Promise.resolve()
    expect(finished).toEqual([])
    speaker.pass(1)
    const { playbackPosition } = await output.waitForPlayout()
    expect(playbackPosition).toBeCloseTo(0.4)
    expect(finished).toEqual([{ heard: 'All of it.', interrupted: false }])
  })

  it('tells every word of clauses that have been played, whatever the frames they came in', async () => {
    const frames = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 })
    const clauses = fc.array(frames, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(clauses, fc.constantFrom(16_000, 22_050, 24_000), async (clauses, rate) => {
        const { speaker, finished, output } = rig()
        const utterance = new Utterance(null)
        for (const lengths of clauses) {
          const clause = new Clause('one two three', utterance)
          for (const length of lengths) {
            const samples = new Int16Array(length).fill(9_000)
            await output.captureFrame(new AudioFrame(samples, rate, 1, length, { [clauseKey]: clause }))
          }
        }
        output.flush()
        speaker.pass(Number.POSITIVE_INFINITY)
        await output.waitForPlayout()
        const heard = clauses.map(() => 'one two three').join(' ')
        expect(finished).toEqual([{ heard, interrupted: false }])
      }),
    )
  })

  it('tells the words that were heard before an interruption, and tells it once', async () => {
    const { speaker, finished, output } = rig()
    const clause = new Clause('one two three four', new Utterance(null))
    await output.captureFrame(soundOf(clause, 400))
    output.flush()
    speaker.pass(210)
    output.clearBuffer()
    output.clearBuffer()
    expect(await output.waitForPlayout()).toMatchObject({
      interrupted: true,
      synchronizedTranscript: 'one two',
    })
    expect(finished).toEqual([{ heard: 'one two', interrupted: true }])
  })

  it('takes a speaker that was closed in mid-sentence for an interruption', async () => {
    const { speaker, finished, output } = rig()
    await output.captureFrame(soundOf(new Clause('one two three four', new Utterance(null)), 400))
    output.flush()
    speaker.pass(100)
    speaker.clear()
    await output.waitForPlayout()
    expect(finished).toEqual([{ heard: 'one', interrupted: true }])
  })

  it('counts the answer as audible from its first loud sample, after what is still queued', async () => {
    const { speaker, audible, output } = rig()
    const clause = new Clause('Hm.', new Utterance(null))
    const before = performance.timeOrigin + performance.now()
    await output.captureFrame(soundOf(clause, 100, 0))
    expect(audible).toEqual([])
    await output.captureFrame(soundOf(clause, 100))
    await output.captureFrame(soundOf(clause, 100))
    expect(audible).toHaveLength(1)
    expect((audible[0] ?? 0) - before).toBeGreaterThanOrEqual(100)
    expect(speaker.queuedMs).toBe(300)
  })
})
