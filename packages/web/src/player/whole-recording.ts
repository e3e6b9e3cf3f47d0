import type { Recording } from '@voxtrace/model'
import { playableUrl } from '../api/recordings.ts'

/** An hour of the bot's takes about 14 MB. More than this is fetched only for somebody who listens. */
const largestUnaskedBytes = 64 * 1024 * 1024
/** What a browser keeps is on its disk when there is much of it, but not without end. */
const largestBytes = 512 * 1024 * 1024

/**
 * A recording fetched whole behind what goes on, and what it grows by as it grows. A browser finds a moment of Ogg by trying one
 * place after another, each a request over the network; within what is here that takes no time. In WAV it goes straight to the place.
 */
export class WholeRecording {
  readonly #stop = new AbortController()
  readonly #onHere: () => void
  #recording: Recording | null = null
  #bytes = new Blob()
  /** How much of the recording is here, and with how many of its cues before it. */
  #here = { sizeBytes: 0, cues: 0 }
  #url: string | null = null
  #isWanted = false
  #isFetching = false

  constructor(onHere: () => void) {
    this.#onHere = onHere
  }

  /** How much is here; nothing before the first fetch has ended. */
  get sizeBytes(): number {
    return this.#here.sizeBytes
  }

  /** Takes the recording as it is now. */
  update(recording: Recording): void {
    this.#recording = recording
    this.#fetchRest()
  }

  /** Somebody listens. */
  want(): void {
    this.#isWanted = true
    this.#fetchRest()
  }

  /** An address of what is here; the one given before is good no more. */
  newUrl(): string {
    if (this.#url !== null) URL.revokeObjectURL(this.#url)
    this.#url = URL.createObjectURL(this.#bytes)
    return this.#url
  }

  close(): void {
    this.#stop.abort()
    if (this.#url !== null) URL.revokeObjectURL(this.#url)
  }

  #fetchRest(): void {
    const recording = this.#recording
    if (recording === null || this.#isFetching || recording.contentType === 'audio/wav') return
    const { sizeBytes } = recording
    if (sizeBytes <= this.#here.sizeBytes) return
    if (sizeBytes > (this.#isWanted ? largestBytes : largestUnaskedBytes)) return
    this.#isFetching = true
    this.#fetch(recording)
      .catch(() => {
        // It plays over the network as before, and what is wrong with that is shown there.
      })
      .finally(() => {
        this.#isFetching = false
      })
  }

  async #fetch(recording: Recording): Promise<void> {
    const { signal } = this.#stop
    const from = this.#bytes.size
    const headers = { range: `bytes=${from}-` }
    // Behind other cues than before, what follows would stand elsewhere.
    const cues = from === 0 ? recording.cues : this.#here.cues
    const answer = await fetch(playableUrl({ ...recording, cues }), { signal, headers, priority: 'low' })
    if (answer.status !== 206) return
    const rest = await answer.blob()
    if (signal.aborted) return
    this.#bytes = new Blob([this.#bytes, rest], { type: recording.contentType })
    this.#here = { sizeBytes: recording.sizeBytes, cues }
    if (from === 0) this.#onHere()
  }
}
