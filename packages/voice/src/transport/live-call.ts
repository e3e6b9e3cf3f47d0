import type { Log } from '@voxtrace/model'
import type { Call, CallEnd, RtviMessage, Tape } from './call.ts'
import { FrameQueue } from './microphone.ts'
import { OpusDecoder, OpusEncoder } from './opus.ts'
import { FRAME_MS, type FrameClock } from './pacing.ts'
import { Peer, type PeerOptions } from './peer.ts'
import { botReady, readChannelMessage } from './rtvi.ts'
import { QueuedSpeaker, SPEAKER_RATE } from './speaker.ts'
import { Uplink } from './uplink.ts'

const MAX_KEPT_MESSAGES = 500
const FAREWELL_MS = 100
/** Silence that is still sent after a sound, so that what the browser makes up for missing packets is silence too. */
const TRAILING_SILENCE_FRAMES = 20
/** In a longer silence one frame in so many is sent, as Opus does by itself (RFC 6716, 2.1.9): every 400 ms. */
const SILENCE_FRAMES_PER_PACKET = 40

export interface LiveCallOptions {
  id: string
  requestData: Record<string, unknown>
  clock: FrameClock
  log: Log
  peer: PeerOptions
  /** A call without a sign of life for so long is over. */
  lostAfterMs: number
  /** The first connection stands. */
  onConnected(call: Call): void
}

/**
 * A call over whichever peer connection the caller uses at the time.
 *
 *     connecting --first peer connected--> live --hangUp, peer closed, no sign of life--> ended
 *     connecting --no connection in time, hangUp--> ended
 *
 * In either state an offer may replace the peer; microphone, speaker and messages go on.
 */
export class LiveCall implements Call {
  readonly id: string
  readonly requestData: Record<string, unknown>
  readonly microphone = new FrameQueue()
  readonly speaker = new QueuedSpeaker()
  readonly ended: Promise<CallEnd>
  readonly #options: LiveCallOptions
  readonly #end = Promise.withResolvers<CallEnd>()
  readonly #encoder = new OpusEncoder()
  readonly #stopClock: () => void
  #state: 'connecting' | 'live' | 'ended' = 'connecting'
  #peer: Peer
  #uplink: Uplink
  #uplinkSsrc: number | undefined
  #lastActivity = performance.now()
  #silentFrames = 0
  #tape: Tape | undefined
  /** When the frame that is due next is due, on the clock of the call. */
  #frameMs: number | undefined
  #outbox: string[] = []
  #inbox: RtviMessage[] = []
  #handler: ((message: RtviMessage) => void) | undefined
  /** Failures of the present connection that the log knows of; most come with every packet. */
  readonly #reported = new Set<string>()

  constructor(options: LiveCallOptions) {
    this.id = options.id
    this.requestData = options.requestData
    this.#options = options
    this.ended = this.#end.promise
    this.#uplink = this.#newUplink()
    this.#peer = this.#newPeer()
    this.#stopClock = options.clock.listen((frames, skipped) => this.#onFrames(frames, skipped))
  }

  /** Answers an offer on the present connection. Errors: the offer makes no sense. */
  async answer(offer: string): Promise<string> {
    this.#lastActivity = performance.now()
    return await this.#peer.answer(offer)
  }

  /**
   * Answers an offer with a new connection; the one before is dropped. Errors: the offer makes no sense, or the call
   * ends meanwhile.
   */
  async answerAnew(offer: string): Promise<string> {
    const next = this.#newPeer()
    try {
      const answer = await next.answer(offer)
      if (this.#state === 'ended') throw new Error('The call has ended meanwhile.')
      const former = this.#peer
      this.#peer = next
      this.#lastActivity = performance.now()
      this.#reported.clear()
      await former.close()
      return answer
    } catch (error) {
      await next.close()
      throw error
    }
  }

  async addCandidate(candidate: Parameters<Peer['addCandidate']>[0]): Promise<void> {
    this.#lastActivity = performance.now()
    await this.#peer.addCandidate(candidate)
  }

  get roundTripMs(): number | null {
    return this.#peer.roundTripMs
  }

  record(tape: Tape): void {
    this.#tape = tape
  }

  send(message: RtviMessage): void {
    this.#sendText(JSON.stringify(message))
  }

  onMessage(handler: (message: RtviMessage) => void): void {
    this.#handler = handler
    for (const message of this.#inbox.splice(0)) this.#handle(handler, message)
  }

  async hangUp(reason: CallEnd): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#stopClock()
    this.microphone.end()
    this.speaker.close()
    this.#end.resolve(reason)
    if (this.#peer.sendText(JSON.stringify({ type: 'signalling', message: { type: 'peerLeft' } }))) {
      await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS))
    }
    await this.#peer.close()
  }

  #onFrames(frames: number, skipped: number): void {
    const now = performance.now()
    this.#peer.skipAudio(skipped)
    this.#frameMs = (this.#frameMs ?? now - (frames + skipped - 1) * FRAME_MS) + skipped * FRAME_MS
    for (let i = 0; i < frames; i++) this.#sendFrame(this.#frameMs + i * FRAME_MS)
    this.#frameMs += frames * FRAME_MS
    // After a stall of the process its timers run before its sockets: packets that wait there are read first.
    setImmediate(() => {
      if (this.#state === 'ended') return
      if (this.#state === 'live') for (let i = 0; i < frames; i++) this.#uplink.tick(now)
      if (now - this.#lastActivity > this.#options.lostAfterMs) this.#endWith('connection_lost')
    })
  }

  /** The next 10 ms of the speaker, which are not sent where they only prolong a silence. */
  #sendFrame(frameMs: number): void {
    const { silent } = this.speaker
    this.#silentFrames = silent ? this.#silentFrames + 1 : 0
    const samples = this.speaker.nextFrame()
    this.#tape?.agent(silent ? null : { samples, sampleRate: SPEAKER_RATE }, frameMs)
    if (
      this.#silentFrames > TRAILING_SILENCE_FRAMES &&
      this.#silentFrames % SILENCE_FRAMES_PER_PACKET !== 0
    ) {
      this.#peer.skipAudio(1)
      return
    }
    this.#peer
      .sendAudio(this.#encoder.encode(samples))
      .catch((error: unknown) => this.#report('Sending sound to the caller failed', error))
  }

  #newUplink(): Uplink {
    return new Uplink(
      new OpusDecoder(),
      (samples) => this.microphone.push(samples),
      performance.now(),
      (samples, timestamp) =>
        this.#tape?.user(samples, { ssrc: this.#uplinkSsrc ?? 0, timestamp }, performance.now()),
    )
  }

  #newPeer(): Peer {
    const peer: Peer = new Peer(
      {
        onConnected: () => {
          if (this.#peer !== peer || this.#state !== 'connecting') return
          this.#state = 'live'
          this.#options.onConnected(this)
        },
        onClosed: () => {
          if (this.#peer === peer) this.#endWith('hung_up')
        },
        onActivity: () => {
          if (this.#peer === peer) this.#lastActivity = performance.now()
        },
        onAudio: (packet, ssrc) => {
          if (this.#peer !== peer) return
          if (this.#uplinkSsrc !== ssrc) {
            this.#uplinkSsrc = ssrc
            this.#uplink = this.#newUplink()
          }
          try {
            this.#uplink.receive(packet, performance.now())
          } catch (error) {
            this.#report('A packet of the caller could not be decoded', error)
          }
        },
        onText: (text) => {
          if (this.#peer === peer) this.#onText(text)
        },
        onChannelOpen: () => {
          if (this.#peer === peer) for (const text of this.#outbox.splice(0)) this.#sendText(text)
        },
      },
      this.#options.peer,
    )
    return peer
  }

  #onText(text: string): void {
    const read = readChannelMessage(text)
    if (read.kind === 'unknown') {
      this.#options.log.warn('The caller sent a message that is not RTVI; it is ignored.', {
        call: this.id,
        message: text.slice(0, 200),
      })
    }
    if (read.kind !== 'rtvi') return
    if (read.message.type === 'client-ready') this.send(botReady(read.message))
    if (read.message.type === 'disconnect-bot') this.#endWith('hung_up')
    else if (this.#handler) this.#handle(this.#handler, read.message)
    else if (this.#inbox.length < MAX_KEPT_MESSAGES) this.#inbox.push(read.message)
  }

  #handle(handler: (message: RtviMessage) => void, message: RtviMessage): void {
    try {
      handler(message)
    } catch (error) {
      this.#report(`A message of type ${message.type} could not be handled`, error)
    }
  }

  #sendText(text: string): void {
    if (this.#state === 'ended' || this.#peer.sendText(text)) return
    if (this.#outbox.length >= MAX_KEPT_MESSAGES) this.#outbox.shift()
    this.#outbox.push(text)
  }

  #endWith(reason: CallEnd): void {
    this.hangUp(reason).catch((error: unknown) => this.#report('Closing the connection failed', error))
  }

  #report(what: string, error: unknown): void {
    if (this.#reported.has(what)) return
    this.#reported.add(what)
    this.#options.log.warn(what, {
      call: this.id,
      error: error instanceof Error ? error.message : String(error),
    })
  }
}
