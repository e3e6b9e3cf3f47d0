import { setTimeout as sleep } from 'node:timers/promises'
import type { Call, CallEnd, PcmFrame, RtviMessage, Speaker, Tape } from '../transport/call.ts'

const frameMs = 20
const sampleRate = 16_000
const rtpTicksPerMs = 48

/** Sound as the caller heard it, with when it was heard (`performance.now()`, milliseconds). */
interface HeardFrame {
  atMs: number
  frame: PcmFrame
}

/** A speaker that plays by the clock into memory. */
class MemorySpeaker implements Speaker {
  readonly heard: HeardFrame[] = []
  #queue: PcmFrame[] = []
  #headOffset = 0
  #playedMs = 0
  #waiting: (() => void)[] = []

  play(frame: PcmFrame): void {
    this.#queue.push(frame)
  }

  clear(): number {
    const forgotten = this.queuedMs
    this.#queue = []
    this.#headOffset = 0
    this.#settle()
    return forgotten
  }

  get queuedMs(): number {
    return (
      this.#queue.reduce((sum, { samples, sampleRate }) => sum + (samples.length / sampleRate) * 1000, 0) -
      (this.#queue[0] ? (this.#headOffset / this.#queue[0].sampleRate) * 1000 : 0)
    )
  }

  get playedMs(): number {
    return this.#playedMs
  }

  drained(): Promise<void> {
    return this.#queue.length === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Plays so much of what is queued; the tape is told when. */
  tick(milliseconds: number, tape: Tape | null): void {
    const startMs = performance.now()
    if (this.#queue.length === 0) tape?.agent(null, startMs)
    let left = milliseconds
    for (let head = this.#queue[0]; head && left > 0; head = this.#queue[0]) {
      const take = Math.min(
        Math.round((left * head.sampleRate) / 1000),
        head.samples.length - this.#headOffset,
      )
      const samples = head.samples.slice(this.#headOffset, this.#headOffset + take)
      const frame = { samples, sampleRate: head.sampleRate }
      this.heard.push({ atMs: startMs, frame })
      tape?.agent(frame, startMs + milliseconds - left)
      this.#headOffset += take
      this.#playedMs += (take / head.sampleRate) * 1000
      left -= (take / head.sampleRate) * 1000
      if (take === 0 || this.#headOffset >= head.samples.length) {
        this.#queue.shift()
        this.#headOffset = 0
      }
    }
    if (this.#queue.length === 0) this.#settle()
  }

  #settle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A call within this process, for tests and measurements: what the caller says and hears goes by the real clock. */
export class InProcessCall implements Call {
  readonly id: string
  readonly roundTripMs = null
  readonly requestData: Record<string, unknown>
  readonly speaker = new MemorySpeaker()
  /** What the bot sent on the data channel. */
  readonly received: RtviMessage[] = []
  readonly ended: Promise<CallEnd>
  #end: (reason: CallEnd) => void = () => {}
  #over = false
  #tape: Tape | null = null
  #handlers: ((message: RtviMessage) => void)[] = []
  #listeners: ((message: RtviMessage) => void)[] = []
  #speech: Int16Array[] = []
  #spoken: (() => void)[] = []

  constructor(id: string, requestData: Record<string, unknown> = {}) {
    this.id = id
    this.requestData = requestData
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  get microphone(): AsyncIterable<PcmFrame> {
    return this.#frames()
  }

  async *#frames(): AsyncGenerator<PcmFrame> {
    const size = (sampleRate * frameMs) / 1000
    const startMs = performance.now()
    for (let index = 0; !this.#over; index++) {
      const dueMs = startMs + index * frameMs
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      this.speaker.tick(frameMs, this.#tape)
      const samples = new Int16Array(size)
      const source = this.#speech[0]
      if (source) {
        samples.set(source.subarray(0, size))
        if (source.length > size) this.#speech[0] = source.subarray(size)
        else {
          this.#speech.shift()
          if (this.#speech.length === 0) for (const resolve of this.#spoken.splice(0)) resolve()
        }
      }
      const timestamp = index * frameMs * rtpTicksPerMs
      this.#tape?.user(samples, { ssrc: 1, timestamp }, performance.now())
      yield { samples, sampleRate }
    }
  }

  record(tape: Tape): void {
    this.#tape = tape
  }

  /** Speaks 16 kHz mono samples into the microphone; resolves when the last one has been spoken. */
  say(samples: Int16Array): Promise<void> {
    this.#speech.push(samples)
    return new Promise((resolve) => this.#spoken.push(resolve))
  }

  /** Sends a message to the bot. */
  post(type: string, data?: unknown): void {
    for (const handler of this.#handlers)
      handler({ label: 'rtvi-ai', type, ...(data === undefined ? {} : { data }) })
  }

  send(message: RtviMessage): void {
    this.received.push(message)
    for (const listener of this.#listeners) listener(message)
  }

  onMessage(handler: (message: RtviMessage) => void): void {
    this.#handlers.push(handler)
  }

  /** The next message, or one already received after `from`, that passes; rejects after the time. */
  async until(passes: (message: RtviMessage) => boolean, from = 0, timeoutMs = 60_000): Promise<RtviMessage> {
    const present = this.received.slice(from).find(passes)
    if (present) return present
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const types = this.received.map(({ type, data }) => `${type} ${JSON.stringify(data) ?? ''}`)
        reject(new Error(`the message did not come within ${timeoutMs} ms; received:\n${types.join('\n')}`))
      }, timeoutMs)
      this.#listeners.push((message) => {
        if (!passes(message)) return
        clearTimeout(timer)
        resolve(message)
      })
    })
  }

  async hangUp(reason: CallEnd): Promise<void> {
    this.#over = true
    this.speaker.clear()
    this.#end(reason)
  }
}
