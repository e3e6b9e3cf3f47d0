import { type VADEvent, VADEventType } from '@livekit/agents'
import { AudioFrame } from '@livekit/rtc-node'
import { describe, expect, it } from 'vitest'
import { Recognition } from './recognition.ts'

const windowSamples = 512

/** Feeds windows of sound and silence, as the detector would tell of them. */
class Speaker {
  readonly told: string[] = []
  readonly asked: number[] = []
  passedMs = 0
  readonly recognition: Recognition
  #speaking = false
  #speechMs = 0
  #silenceMs = 0

  constructor(transcribe: (call: number, signal: AbortSignal) => Promise<string>) {
    this.recognition = new Recognition({
      owner: 'me',
      correct: (raw) => raw.replace('box trace', 'Voxtrace'),
      transcriber: {
        model: 'fake',
        eagerSilenceMs: 32,
        close: async () => {},
        transcribe: (samples, _owner, signal) => {
          this.asked.push(samples.length / windowSamples)
          return transcribe(this.asked.length, signal)
        },
      },
      listener: {
        speechStarted: () => this.told.push('started'),
        speechConfirmed: () => this.told.push('confirmed'),
        speechEnded: () => this.told.push('ended'),
        speechSettled: () => this.told.push('settled'),
        pausing: (samples) => this.told.push(`pausing ${samples.length / windowSamples}`),
        passed: (milliseconds) => {
          this.passedMs += milliseconds
        },
        transcribed: ({ text, raw, final }) =>
          this.told.push(`${final ? 'final' : 'perhaps'} ${text}${raw === text ? '' : ` (${raw})`}`),
        transcriptionFailed: ({ error }) => this.told.push(`failed ${String(error)}`),
      },
    })
  }

  #event(type: VADEventType, probability: number): VADEvent {
    return {
      type,
      probability,
      samplesIndex: 0,
      timestamp: 0,
      speechDuration: this.#speechMs,
      silenceDuration: this.#silenceMs,
      frames: [new AudioFrame(new Int16Array(windowSamples), 16_000, 1, windowSamples)],
      inferenceDuration: 0,
      speaking: this.#speaking,
      rawAccumulatedSilence: this.#silenceMs,
      rawAccumulatedSpeech: 0,
    }
  }

  async speak(windows: number): Promise<this> {
    for (let index = 0; index < windows; index++) {
      this.#silenceMs = 0
      this.#speechMs += 32
      this.recognition.accept(this.#event(VADEventType.INFERENCE_DONE, 0.9))
      if (!this.#speaking && this.#speechMs >= 64) {
        this.#speaking = true
        this.recognition.accept(this.#event(VADEventType.START_OF_SPEECH, 0.9))
      }
    }
    return this
  }

  async pause(windows: number): Promise<this> {
    for (let index = 0; index < windows; index++) {
      this.#silenceMs += 32
      this.recognition.accept(this.#event(VADEventType.INFERENCE_DONE, 0.01))
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#speaking && this.#silenceMs >= 256) {
        this.#speaking = false
        this.#speechMs = 0
        this.recognition.accept(this.#event(VADEventType.END_OF_SPEECH, 0.01))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    return this
  }
}

describe('Recognition', () => {
  it('transcribes in the first pause, and makes that final when speech has ended', async () => {
    const speaker = new Speaker(async () => 'what is box trace')
    await speaker.speak(40)
    await speaker.pause(8)
    expect(speaker.asked).toEqual([41])
    expect(speaker.told).toEqual([
      'started',
      'confirmed',
      'perhaps what is Voxtrace (what is box trace)',
      'pausing 43',
      'ended',
      'final what is Voxtrace (what is box trace)',
      'settled',
    ])
  })

  it('tells how much silence was heard, however late the sound comes', async () => {
    const speaker = new Speaker(async () => 'what is a trace')
    await speaker.speak(40)
    const beforeMs = speaker.passedMs
    await speaker.pause(20)
    // The third window tells of the pause, with the two before it.
    expect(speaker.passedMs - beforeMs).toBe(19 * 32)
  })

  it('gives a transcription up when speech resumes, and transcribes all of it then', async () => {
    const aborted: boolean[] = []
    const speaker = new Speaker(
      (call, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push(true)
            reject(signal.reason)
          })
          if (call > 1) resolve('the whole')
        }),
    )
    await speaker.speak(20)
    await speaker.pause(3)
    await speaker.speak(10)
    await speaker.pause(8)
    expect(aborted).toEqual([true])
    expect(speaker.asked).toEqual([21, 34])
    expect(speaker.told.filter((one) => one.startsWith('final'))).toEqual(['final the whole'])
  })

  it('asks once more before it tells of a failure', async () => {
    const speaker = new Speaker(async (call) => {
      if (call === 1) throw new Error('busy')
      return 'heard'
    })
    await speaker.speak(20)
    await speaker.pause(9)
    expect(speaker.told).toContain('final heard')
    const deaf = new Speaker(async () => {
      throw new Error('out of order')
    })
    await deaf.speak(20)
    await deaf.pause(9)
    expect(deaf.told.slice(-2)).toEqual(['failed Error: out of order', 'settled'])
  })

  it('makes a long segment final at its next pause, and goes on with what follows', async () => {
    const speaker = new Speaker(async (call) => `part ${call}`)
    await speaker.speak(500)
    await speaker.pause(2)
    await speaker.speak(30)
    await speaker.pause(9)
    expect(speaker.asked[0]).toBe(501)
    expect(speaker.told.filter((one) => one.startsWith('final'))).toEqual([
      'final part 1',
      expect.stringMatching(/^final part/),
    ])
    expect(speaker.asked).toHaveLength(2)
    expect(speaker.asked[1]).toBeLessThan(50)
  })

  it('never holds more than about 25 seconds, even without a pause', async () => {
    const speaker = new Speaker(async (call) => `part ${call}`)
    await speaker.speak(3_000)
    await speaker.pause(9)
    expect(Math.max(...speaker.asked)).toBeLessThanOrEqual(Math.ceil(25_000 / 32) + 1)
    expect(speaker.told.filter((one) => one.startsWith('final')).length).toBeGreaterThanOrEqual(3)
  })

  it('tells nothing after it was closed', async () => {
    const speaker = new Speaker(async () => 'late')
    await speaker.speak(20)
    speaker.recognition.close()
    await speaker.pause(9)
    expect(speaker.told.filter((one) => /final|perhaps/.test(one))).toEqual([])
  })
})
