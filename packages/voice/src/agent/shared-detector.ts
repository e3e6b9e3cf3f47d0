import { inference, type VADEvent } from '@livekit/agents'
import { turnTaking } from './agent-settings.ts'

/**
 * Silero's voice activity detector, whose events are told to `hear` before LiveKit acts on them. With a detector for
 * each, the two would hear of the end of speech at different times, and LiveKit could take a turn for complete before
 * its last words are there.
 */
export class SharedDetector extends inference.VAD {
  readonly #hear: (event: VADEvent) => void

  constructor(hear: (event: VADEvent) => void) {
    super({ model: 'silero', minSilenceDuration: turnTaking.minEndpointingMs })
    this.#hear = hear
  }

  override stream() {
    const stream = super.stream()
    const next = stream.next.bind(stream)
    stream.next = async () => {
      const step = await next()
      if (!step.done) this.#hear(step.value)
      return step
    }
    return stream
  }
}
