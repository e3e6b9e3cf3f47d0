import { inference, type ipc } from '@livekit/agents'
import localInference from '@livekit/local-inference'
import { z } from 'zod'

const request = z.object({ pcm: z.string() })

/**
 * Probability from which an end of speech counts as the end of the turn. The model's own threshold for English,
 * 0.36, cuts off a third of the speakers who pause in mid-sentence; at 0.5 it is one in twenty.
 */
const surelyEnded = 0.5

const executor: ipc.InferenceExecutor = {
  async doInference(_method: string, data: unknown) {
    const bytes = Buffer.from(request.parse(data).pcm, 'base64')
    const samples = new Int16Array(bytes.length >> 1)
    for (let index = 0; index < samples.length; index++) samples[index] = bytes.readInt16LE(index * 2)
    const startMs = performance.now()
    const probability = await localInference.predict(samples)
    return { probability, inferenceDurationMs: performance.now() - startMs }
  },
}

/** Loads the end-of-turn model (138 MB of memory), so that the first turn does not wait for it. */
export function loadTurnDetector(): void {
  localInference.initEot()
}

/** LiveKit's audio end-of-turn detector, run in this process. Its model may be used within LiveKit Agents only. */
export function createTurnDetector(): inference.TurnDetector {
  return new inference.TurnDetector({ version: 'v1-mini', unlikelyThreshold: surelyEnded, executor })
}
