import type { Log, RecordingChannel, RecordingContentType } from '@voxtrace/model'

export interface RecordingOptions {
  /** Where the tracking server is, such as `http://localhost:5000`. */
  trackingUri: string
  /** `tr-` and 32 hex digits. */
  traceId: string
  /** Unique within the trace. Default `call`. */
  recordingId?: string
  contentType: RecordingContentType
  /** What the channels carry, in their order. Default `mixed`. */
  channels?: readonly RecordingChannel[]
  /** When the first sample was heard, nanoseconds since the epoch, on the clock of the spans. */
  startTimeNs: bigint
  /** Headers added to every request, such as `authorization`. */
  headers?: Record<string, string>
  /** Bound on what waits in memory while the server is away. Default 32 MiB, over two hours of speech in Opus. */
  maxQueueBytes?: number
  /** One request gives up after this long and is sent again. Default 10,000. */
  requestTimeoutMs?: number
  /** The longest wait between two attempts. Default 5,000. */
  maxBackoffMs?: number
  /** Told once what stopped the recording. */
  log?: Log
}

export interface RecordingOutcome {
  /** Bytes that the server has. */
  deliveredBytes: number
  /** Bytes that it will never have: dropped when the queue was full, or left when the recording stopped. */
  lostBytes: number
  /** Why it stopped early; null when all went well. */
  problem: string | null
}

const largestRequestBytes = 256 * 1024

/**
 * A recording that grows while the call runs. `append` never throws and never waits; what is appended is sent in order, again
 * until the server has it, and once.
 *
 * States: open > ending > ended; from open and ending also > stopped, when the server refuses it for good.
 */
export class RecordingUpload {
  readonly #options: RecordingOptions
  readonly #path: string
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #deliveredBytes = 0
  #lostBytes = 0
  #problem: string | null = null
  /** Why the last attempt is to be made again; null when it is not. */
  #delay: string | null = null
  #ending = false
  #completed = false
  #begun = false
  #running: Promise<void> | null = null
  #wake: (() => void) | null = null

  constructor(options: RecordingOptions) {
    this.#options = options
    const base = options.trackingUri.replace(/\/+$/, '')
    const trace = encodeURIComponent(options.traceId)
    this.#path = `${base}/api/voxtrace/traces/${trace}/recordings/${encodeURIComponent(options.recordingId ?? 'call')}`
  }

  /** Takes the next bytes: whole pages, clusters or frames, since bytes that find the queue full are left out whole. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const room = (this.#options.maxQueueBytes ?? 32 * 1024 * 1024) - this.#queuedBytes
    if (this.#ending || this.#problem !== null || bytes.length > room) {
      this.#lostBytes += bytes.length
      return
    }
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    this.#run()
  }

  /** Ends the recording and resolves when the server has it, when it cannot have it, or after `deadlineMs` (default 10,000). */
  async end({ deadlineMs = 10_000 }: { deadlineMs?: number } = {}): Promise<RecordingOutcome> {
    this.#ending = true
    this.#wake?.()
    this.#run()
    let timer: ReturnType<typeof setTimeout> | undefined
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs)
    })
    await Promise.race([this.#running, deadline])
    clearTimeout(timer)
    if (!this.#completed) {
      const why = this.#delay === null ? '.' : `; at last: ${this.#delay}`
      this.#stop(`The server did not take all of it within ${deadlineMs} ms${why}`)
    }
    return this.outcome()
  }

  outcome(): RecordingOutcome {
    return { deliveredBytes: this.#deliveredBytes, lostBytes: this.#lostBytes, problem: this.#problem }
  }

  #run(): void {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null
      if (this.#hasWork()) this.#run()
    })
  }

  #hasWork(): boolean {
    return (
      this.#problem === null && !this.#completed && (this.#queue.length > 0 || (this.#ending && this.#begun))
    )
  }

  async #sendAll(): Promise<void> {
    let waitMs = 200
    while (this.#hasWork()) {
      const reason = await this.#sendNext()
      this.#delay = reason
      if (reason === null) {
        waitMs = 200
        continue
      }
      if (this.#problem !== null) return
      await this.#pause(waitMs)
      waitMs = Math.min(waitMs * 2, this.#options.maxBackoffMs ?? 5000)
    }
    if (this.#ending && !this.#begun) this.#completed = true
  }

  /** Sends what comes next once; gives why it is to be tried again, or null. */
  async #sendNext(): Promise<string | null> {
    const count = this.#nextCount()
    const bytes = joined(this.#queue.slice(0, count))
    const complete = this.#ending && count === this.#queue.length
    let status: number
    let text: string
    try {
      const answer = await this.#post(bytes, complete)
      status = answer.status
      text = await answer.text()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    if (status === 200) {
      this.#begun = true
      this.#completed = complete
      this.#drop(count)
      this.#deliveredBytes += bytes.length
      return null
    }
    const reason = `${status}: ${text.slice(0, 500)}`
    if (status < 500 && status !== 408 && status !== 429) this.#stop(reason)
    return reason
  }

  #post(bytes: Uint8Array<ArrayBuffer>, complete: boolean): Promise<Response> {
    const {
      contentType,
      channels = ['mixed'],
      startTimeNs,
      headers = {},
      requestTimeoutMs = 10_000,
    } = this.#options
    const query = new URLSearchParams({ offset: String(this.#deliveredBytes) })
    if (complete) query.set('complete', 'true')
    if (this.#deliveredBytes === 0) {
      query.set('start_time_unix_nano', startTimeNs.toString())
      query.set('channels', channels.join())
    }
    return fetch(`${this.#path}/chunks?${query}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': contentType },
      body: bytes,
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
  }

  /** How many of those that wait go into one request. */
  #nextCount(): number {
    let bytes = 0
    let count = 0
    for (const { length } of this.#queue) {
      if (count > 0 && bytes + length > largestRequestBytes) break
      bytes += length
      count++
    }
    return count
  }

  #drop(count: number): void {
    for (const { length } of this.#queue.splice(0, count)) this.#queuedBytes -= length
  }

  #stop(reason: string): void {
    if (this.#problem !== null) return
    this.#problem = reason
    this.#lostBytes += this.#queuedBytes
    this.#queue = []
    this.#queuedBytes = 0
    this.#options.log?.warn('a recording stopped before its end', {
      traceId: this.#options.traceId,
      reason,
      lostBytes: this.#lostBytes,
    })
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Attaches a whole file to a trace. Sent again while the server is away, for `deadlineMs` (default 60,000). */
export async function attachRecording(
  options: RecordingOptions & { bytes: Uint8Array; deadlineMs?: number },
): Promise<RecordingOutcome> {
  const upload = new RecordingUpload({ ...options, maxQueueBytes: options.bytes.length })
  for (let from = 0; from < options.bytes.length; from += largestRequestBytes) {
    upload.append(options.bytes.subarray(from, from + largestRequestBytes))
  }
  return upload.end({ deadlineMs: options.deadlineMs ?? 60_000 })
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
