import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { inference, type ipc } from '@livekit/agents'
import localInference from '@livekit/local-inference'
import { z } from 'zod'
import { finalPitch } from '../speech/final-pitch.ts'
import { waitMs } from './patience.ts'

const request = z.object({ pcm: z.string() })

/** A sound as recent as this may be the beginning of speech: the voice activity detector needs this long to tell. */
const stirringMs = 120
/** Sounds that never become speech hold a turn open no longer than this. */
const longestStirringMs = 300
/** Sound that is later than this is no longer waited for; LiveKit waits for an answer for a second after the speech. */
const longestLagMs = 400
const nextLookMs = 8
/** 1.2 s at 16 kHz. */
const longestSamples = 19_200

/** Loads the end-of-turn model (138 MB of memory), so that the first turn does not wait for it. */
export function loadTurnDetector(): void {
  localInference.initEot()
}

function samplesOf(pcm: string): Int16Array {
  const bytes = Buffer.from(pcm, 'base64')
  const samples = new Int16Array(bytes.length >> 1)
  for (let index = 0; index < samples.length; index++) samples[index] = bytes.readInt16LE(index * 2)
  return samples
}

interface Pause {
  /** When the speech stopped, on the clock of `performance`. */
  sinceMs: number
  /** How much sound was heard since then, and how much when it last may have been speech. */
  heardMs: number
  stirredMs: number
  samples: Int16Array
  probability: Promise<number | null>
  /** What was said in this stretch of speech; null when it is not known yet. */
  words: Promise<string | null>
  /** Resolves when all of its words have been told to LiveKit, or speech goes on. */
  settled: PromiseWithResolvers<void>
}

/**
 * Decides how long a pause is waited out before it ends the turn, for one conversation, from LiveKit's audio
 * end-of-turn model, the words and the pitch (`patience.ts`). The model is asked at about 100 ms of silence, where it tells
 * ends from pauses far better than at the 200 ms at which LiveKit asks it and where its answer is there in time. The
 * answer to LiveKit is held back for as long as the pause is to be waited out. The model may be used within LiveKit
 * Agents only.
 */
export class TurnEnd implements ipc.InferenceExecutor {
  #pause: Pause | null = null
  /** What was said in the turn before the present stretch of speech. */
  #before = ''
  readonly #onFailure: (what: string, error: unknown) => void

  constructor(onFailure: (what: string, error: unknown) => void) {
    this.#onFailure = onFailure
  }

  /** The speech has stopped `silentMs` ago. Takes the last sound, 16 kHz, of which the model hears 1.2 s, and the words. */
  pausing(samples: Int16Array, silentMs: number, words: Promise<string | null>): void {
    this.settled()
    this.#pause = {
      sinceMs: performance.now() - silentMs,
      heardMs: silentMs,
      stirredMs: Number.NEGATIVE_INFINITY,
      samples,
      words,
      settled: Promise.withResolvers<void>(),
      probability: localInference.predict(samples.subarray(-longestSamples)).catch((error: unknown) => {
        this.#onFailure('end-of-turn model', error)
        return null
      }),
    }
  }

  /** So much more sound was heard, which may be speech. */
  passed(milliseconds: number, mayBeSpeech: boolean): void {
    if (!this.#pause) return
    this.#pause.heardMs += milliseconds
    if (mayBeSpeech) this.#pause.stirredMs = this.#pause.heardMs
  }

  /** A stretch of speech is over; the turn may go on. */
  heard(words: string): void {
    this.#before = `${this.#before} ${words}`.trim()
  }

  /** All that was said until the end of speech has been told. */
  settled(): void {
    this.#pause?.settled.resolve()
  }

  /** The turn is over. */
  ended(): void {
    this.#before = ''
  }

  async doInference(
    _method: string,
    data: unknown,
  ): Promise<{ probability: number; inferenceDurationMs: number }> {
    const startMs = performance.now()
    const pause = this.#pause
    const before = this.#before
    const early = await pause?.probability
    const probability = early ?? (await localInference.predict(samplesOf(request.parse(data).pcm)))
    const inferenceDurationMs = performance.now() - startMs
    const words = (await pause?.words) ?? null
    const wait = waitMs({
      probability,
      words: words === null ? null : `${before} ${words}`.trim(),
      pitch: pause ? finalPitch(pause.samples) : null,
    })
    if (pause) {
      await waitOut(pause, wait)
      // An answer any sooner would end the turn without its last words.
      await pause.settled.promise
      await nextTurn()
    }
    return { probability, inferenceDurationMs }
  }

  /** The detector for LiveKit's session; it never doubts, since doubt has been waited out before it answers. */
  detector(): inference.TurnDetector {
    return new inference.TurnDetector({ version: 'v1-mini', unlikelyThreshold: 0, executor: this })
  }
}

/**
 * Waits until so much silence was heard. It is counted by the sound, not by the clock: sound that comes late may yet
 * be speech. Speech that resumes meanwhile makes LiveKit drop its question.
 */
async function waitOut(pause: Pause, waitMs: number): Promise<void> {
  const latestMs = pause.sinceMs + waitMs + longestLagMs
  for (;;) {
    const quietMs = Math.min(pause.stirredMs + stirringMs, waitMs + longestStirringMs)
    const missingMs = Math.max(waitMs, quietMs) - pause.heardMs
    const leftMs = latestMs - performance.now()
    if (missingMs <= 0 || leftMs <= 0) return
    await sleep(Math.min(leftMs, Math.max(nextLookMs, missingMs)))
  }
}
