import { inference, type ipc } from '@livekit/agents'
import localInference from '@livekit/local-inference'
import { z } from 'zod'
import { soundsUnfinished } from './unfinished.ts'

const request = z.object({ pcm: z.string() })

/** Probability from which an end of speech counts as the end of the turn. */
const surelyEnded = 0.5
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

/**
 * Judges whether a pause ends the turn, for one conversation: by LiveKit's audio end-of-turn model, asked at about
 * 100 ms of silence, where it tells ends from pauses far better than at the 200 ms at which LiveKit asks it and
 * where its answer is there in time; and by the words, where they plainly lead on. The model may be used within
 * LiveKit Agents only.
 */
export class TurnEnd implements ipc.InferenceExecutor {
  #early: Promise<number | null> | null = null
  readonly #onFailure: (what: string, error: unknown) => void
  #words = ''

  constructor(onFailure: (what: string, error: unknown) => void) {
    this.#onFailure = onFailure
  }

  /** A pause begins. Takes the last sound, 16 kHz; the model hears 1.2 s of it. */
  pausing(samples: Int16Array): void {
    this.#words = ''
    this.#early = localInference.predict(samples.subarray(-longestSamples)).catch((error: unknown) => {
      this.#onFailure('end-of-turn model', error)
      return null
    })
  }

  /** What was said up to the pause. */
  heard(words: string): void {
    this.#words = words
  }

  async doInference(
    _method: string,
    data: unknown,
  ): Promise<{ probability: number; inferenceDurationMs: number }> {
    const startMs = performance.now()
    const early = await this.#early
    const probability = early ?? (await localInference.predict(samplesOf(request.parse(data).pcm)))
    return {
      probability: soundsUnfinished(this.#words) ? 0 : probability,
      inferenceDurationMs: performance.now() - startMs,
    }
  }

  /** The detector for LiveKit's session. */
  detector(): inference.TurnDetector {
    return new inference.TurnDetector({ version: 'v1-mini', unlikelyThreshold: surelyEnded, executor: this })
  }
}
