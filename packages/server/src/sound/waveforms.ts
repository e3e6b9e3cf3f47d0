import { type Log, type Recording, type RecordingContentType, VoxtraceError } from '@voxtrace/model'
import type { WaveformJson } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import { clip } from './clip.ts'
import { bucketMs, bytesPerBucket, coarser } from './envelope.ts'
import type { SoundThread } from './sound-thread.ts'

/**
 * How much sound is read between two writes: about half a minute. At each of these places reading can be taken up, so a clip
 * is never further from one.
 */
const pieceBytes: Record<RecordingContentType, number> = {
  'audio/wav': 4 * 1024 * 1024,
  'audio/ogg': 256 * 1024,
  'audio/webm': 256 * 1024,
  'audio/mpeg': 256 * 1024,
}
/** A reader of a waveform waits this long for what has not been read yet. */
const patienceMs = 400
const mostRemembered = 1000

interface Reading {
  /** The size up to which the sound has been read, as far as it is whole. */
  doneBytes: number
  running: Promise<void> | null
}

/**
 * Makes the envelopes of recordings, each stretch of sound once, and answers them. They are made when somebody looks and when a
 * recording ends, one recording at a time. Of several servers that read the same one, the first to write wins.
 */
export class Waveforms {
  readonly #store: Store
  readonly #thread: SoundThread
  readonly #log: Log
  readonly #readings = new Map<string, Reading>()
  #queue: Promise<void> = Promise.resolve()
  #closed = false

  constructor(store: Store, thread: SoundThread, log: Log) {
    this.#store = store
    this.#thread = thread
    this.#log = log
  }

  /** Reads no further; what has been read is kept. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#thread.close()
    await this.#queue
  }

  /** Reads on in the background, where there is something new. */
  update(recording: Recording): void {
    void this.#read(recording)
  }

  /** The envelope between two moments of a recording, in buckets of about `wantedMs`. */
  async answer(recording: Recording, wantedMs: number, fromMs: number, toMs: number): Promise<WaveformJson> {
    await Promise.race([this.#read(recording), timeout(patienceMs)])
    const progress = await this.#store.recordingEnvelopes.progress(recording)
    const factor = Math.max(1, Math.round(wantedMs / bucketMs))
    const first = Math.max(0, Math.floor(fromMs / bucketMs / factor) * factor)
    const end = Math.min(progress.buckets, Math.ceil(toMs / bucketMs / factor) * factor)
    const data = coarser(await this.#stored(recording, first, end), recording.channels.length, factor)
    return {
      bucketMs: bucketMs * factor,
      firstBucket: first / factor,
      buckets: data.length / (bytesPerBucket * recording.channels.length),
      channels: recording.channels,
      readMs: progress.buckets * bucketMs,
      upToDate: progress.problem !== null || this.#reading(recording).doneBytes >= recording.sizeBytes,
      problem: progress.problem,
      data: data.toString('base64'),
    }
  }

  /** A stretch of the sound as a WAV file. */
  clip(recording: Recording, fromMs: number, toMs: number): AsyncGenerator<Buffer> {
    return clip(this.#store, this.#thread, recording, fromMs, toMs)
  }

  async #stored(recording: Recording, first: number, end: number): Promise<Buffer> {
    if (end <= first) return Buffer.alloc(0)
    const stride = bytesPerBucket * recording.channels.length
    const parts = await this.#store.recordingEnvelopes.read(recording, first, end)
    const start = parts[0]?.firstBucket ?? first
    return Buffer.concat(parts.map(({ data }) => data)).subarray(
      (first - start) * stride,
      (end - start) * stride,
    )
  }

  #reading({ traceId, recordingId, createTimeMs, channels }: Recording): Reading {
    const name = `${traceId} ${recordingId} ${createTimeMs} ${channels}`
    const reading = this.#readings.get(name) ?? { doneBytes: -1, running: null }
    this.#readings.delete(name)
    this.#readings.set(name, reading)
    for (const [oldest, { running }] of this.#readings) {
      if (this.#readings.size <= mostRemembered) break
      if (running === null) this.#readings.delete(oldest)
    }
    return reading
  }

  #read(recording: Recording): Promise<void> {
    const reading = this.#reading(recording)
    if (reading.running !== null) return reading.running
    if (reading.doneBytes >= recording.sizeBytes) return Promise.resolve()
    const running = this.#queue
      .then(() => this.#readAll(recording, reading))
      .catch((error: unknown) => {
        const isGone = error instanceof VoxtraceError && error.code === 'RESOURCE_DOES_NOT_EXIST'
        if (!isGone && !this.#closed)
          this.#log.warn('a recording could not be drawn', { ...named(recording), reason: String(error) })
      })
      .finally(() => {
        reading.running = null
      })
    reading.running = running
    this.#queue = running
    return running
  }

  async #readAll(recording: Recording, reading: Reading): Promise<void> {
    while (!this.#closed) {
      const [progress, { sizeBytes }] = await Promise.all([
        this.#store.recordingEnvelopes.progress(recording),
        this.#store.recordings.get(recording),
      ])
      if (progress.problem !== null || progress.bytes >= sizeBytes) {
        reading.doneBytes = sizeBytes
        return
      }
      const bytes = await this.#bytes(
        recording,
        progress.bytes,
        Math.min(sizeBytes, progress.bytes + pieceBytes[recording.contentType]),
      )
      const reply = await this.#thread.read({
        wanted: 'envelope',
        contentType: recording.contentType,
        channels: recording.channels.length,
        before: progress.bytes,
        state: progress.state,
        bytes,
      })
      if (reply.bytes === progress.bytes && reply.problem === null) {
        // The rest is the beginning of a piece whose end has not come.
        if (progress.bytes + bytes.length < sizeBytes)
          throw new Error('nothing whole in a whole piece of sound')
        reading.doneBytes = sizeBytes
        return
      }
      await this.#store.recordingEnvelopes.extend(recording, progress, {
        bytes: reply.bytes,
        state: JSON.parse(JSON.stringify(reply.state)),
        buckets: progress.buckets + reply.buckets,
        problem: reply.problem,
        data: Buffer.from(reply.data),
        durationMs: reply.durationMs,
        cues: reply.cues,
      })
    }
  }

  async #bytes(recording: Recording, from: number, to: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of this.#store.recordings.read(recording, from, to)) pieces.push(piece)
    return Buffer.concat(pieces)
  }
}

function named({ traceId, recordingId }: Recording): { traceId: string; recordingId: string } {
  return { traceId, recordingId }
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
