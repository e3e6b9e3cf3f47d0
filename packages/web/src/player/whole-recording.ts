import type { Recording } from '@voxtrace/model'
import { audioUrl } from '../api/recordings.ts'

/** An hour of speech in Opus takes about 14 MB. */
const largestBytes = 64 * 1024 * 1024

/**
 * A recording that has ended, fetched whole behind what goes on. A browser finds a moment of Ogg or WebM by trying one place after
 * another, each a request over the network; within what is here that takes no time. In WAV it goes straight to the place.
 */
export class WholeRecording {
  /** Of the bytes in the browser; null until they are there. */
  url: string | null = null
  readonly #stop = new AbortController()
  readonly #onHere: () => void
  #begun = false

  constructor(onHere: () => void) {
    this.#onHere = onHere
  }

  /** Fetches the recording, once, when it has ended and is not too large. */
  fetch(recording: Recording): void {
    const { complete, sizeBytes, contentType } = recording
    if (this.#begun || !complete || sizeBytes > largestBytes || contentType === 'audio/wav') return
    this.#begun = true
    this.#fetch(audioUrl(recording)).catch(() => {
      // It plays over the network as before, and what is wrong with that is shown there.
    })
  }

  close(): void {
    this.#stop.abort()
    if (this.url !== null) URL.revokeObjectURL(this.url)
  }

  async #fetch(address: string): Promise<void> {
    const { signal } = this.#stop
    const answer = await fetch(address, { signal, priority: 'low' })
    if (!answer.ok) return
    const bytes = await answer.blob()
    if (signal.aborted) return
    this.url = URL.createObjectURL(bytes)
    this.#onHere()
  }
}
