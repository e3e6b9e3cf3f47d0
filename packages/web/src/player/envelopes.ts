import type { Recording } from '@voxtrace/model'
import { type EnvelopeStretch, getEnvelope } from '../api/recordings.ts'
import { Observable } from '../store/observable.ts'
import type { Stretch } from './player.ts'

/** The whole recording is read at this width first, and again as it grows. */
const wholeBucketMs = 100
const finestBucketMs = 10
const askAgainMs = 700
const mostStretches = 24

/** What is known of the envelope of one recording: the whole of it coarsely, and finer stretches where somebody looked. */
export interface KnownEnvelope {
  whole: EnvelopeStretch | null
  fine: readonly EnvelopeStretch[]
  problem: string | null
}

/** Fetches the envelope of one recording as it is looked at. */
export class EnvelopeStore extends Observable<KnownEnvelope> {
  #recording: Recording
  readonly #closing = new AbortController()
  readonly #asked = new Set<string>()
  #fetching = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(recording: Recording) {
    super({ whole: null, fine: [], problem: null })
    this.#recording = recording
    void this.#fetchWhole()
  }

  /** Takes the recording as it is now; what it has grown by is fetched. */
  update(recording: Recording): void {
    const grown = recording.sizeBytes !== this.#recording.sizeBytes
    this.#recording = recording
    if (grown) void this.#fetchWhole()
  }

  /** Asks for a stretch of the recording at the fineness of `msPerPixel`, unless it is there already. */
  look({ fromMs, toMs }: Stretch, msPerPixel: number): void {
    if (msPerPixel >= wholeBucketMs) return
    let bucketMs = wholeBucketMs / 2
    while (bucketMs > msPerPixel && bucketMs > finestBucketMs) bucketMs /= 2
    bucketMs = Math.max(finestBucketMs, Math.floor(bucketMs / 10) * 10)
    // Stretches of a fixed grid, so that panning asks for each once.
    const tileMs = bucketMs * 2000
    const readMs = this.getState().whole?.readMs ?? 0
    for (
      let tile = Math.max(0, Math.floor(fromMs / tileMs));
      tile * tileMs < Math.min(toMs, readMs);
      tile++
    ) {
      const endMs = (tile + 1) * tileMs
      // A stretch that reaches beyond what has been read is asked for again when more has been.
      const name = `${bucketMs} ${tile} ${endMs <= readMs ? '' : readMs}`
      if (this.#asked.has(name)) continue
      this.#asked.add(name)
      void this.#fetchFine(bucketMs, tile * tileMs, endMs, name)
    }
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
  }

  async #fetchWhole(): Promise<void> {
    if (this.#fetching) return
    this.#fetching = true
    clearTimeout(this.#timer)
    const { sizeBytes } = this.#recording
    const { whole: before } = this.getState()
    try {
      // What was the last bucket may have been filled since; what lies before it stays.
      const fromMs = before ? Math.max(0, before.buckets - 1) * before.bucketMs : 0
      const added = await getEnvelope(
        this.#recording,
        { bucketMs: wholeBucketMs, fromMs, toMs: 1e9 },
        this.#closing.signal,
      )
      const whole = before ? joined(before, added) : added
      this.setState({ ...this.getState(), whole, problem: whole.problem })
      if (!added.upToDate || sizeBytes !== this.#recording.sizeBytes) this.#askAgain()
    } catch {
      // The server is away or the recording gone; the page says so where it matters. Sound may come back.
      if (!this.#closing.signal.aborted) this.#askAgain()
    } finally {
      this.#fetching = false
    }
  }

  #askAgain(): void {
    this.#timer = setTimeout(() => void this.#fetchWhole(), askAgainMs)
  }

  async #fetchFine(bucketMs: number, fromMs: number, toMs: number, name: string): Promise<void> {
    try {
      const stretch = await getEnvelope(this.#recording, { bucketMs, fromMs, toMs }, this.#closing.signal)
      const { fine, ...state } = this.getState()
      const others = fine.filter(
        (other) => other.bucketMs !== stretch.bucketMs || other.firstBucket !== stretch.firstBucket,
      )
      this.setState({ ...state, fine: [...others, stretch].slice(-mostStretches) })
    } catch {
      this.#asked.delete(name)
    }
  }
}

/** An envelope from the beginning, and a later stretch of the same width that begins within it or at its end. */
function joined(before: EnvelopeStretch, added: EnvelopeStretch): EnvelopeStretch {
  const perBucket = added.channels.length * 3
  const kept = before.data.subarray(0, added.firstBucket * perBucket)
  const data = new Uint8Array(kept.length + added.data.length)
  data.set(kept)
  data.set(added.data, kept.length)
  return { ...added, firstBucket: 0, buckets: data.length / perBucket, data }
}
