import { Arrivals } from './arrivals.ts'
import { type BotMessage, clientReady, disconnectBot, readBotMessage, sendText } from './rtvi.ts'
import { sendCandidates, sendOffer } from './signalling.ts'

export interface PeerEvents {
  /** Messages can pass both ways. */
  onOpen(): void
  onMessage(message: BotMessage): void
  onSound(stream: MediaStream): void
  /** The connection is cut; `final` when the browser has given up on it. */
  onCut(final: boolean): void
  /** Nothing has come for a while, though the browser has not given up on the connection; told again while it lasts. */
  onMissing(): void
  onRestored(): void
}

const pingEveryMs = 1000
const candidatesAfterMs = 100

/** One WebRTC connection to the bot: sound both ways, and RTVI messages on a data channel. */
export class Peer {
  readonly #connection = new RTCPeerConnection()
  readonly #channel: RTCDataChannel
  readonly #arrivals: Arrivals
  readonly #abort = new AbortController()
  readonly #candidates: RTCIceCandidate[] = []
  readonly #events: PeerEvents
  #callId: string | null = null
  #pings: ReturnType<typeof setInterval> | undefined
  #nextId = 1

  constructor(microphone: MediaStream | null, events: PeerEvents) {
    this.#events = events
    const track = microphone?.getAudioTracks()[0]
    if (microphone && track) {
      this.#connection.addTransceiver(track, { direction: 'sendrecv', streams: [microphone] })
    } else {
      this.#connection.addTransceiver('audio', { direction: 'recvonly' })
    }
    this.#channel = this.#connection.createDataChannel('chat', { ordered: true })
    this.#arrivals = new Arrivals(
      this.#connection,
      () => this.#events.onMissing(),
      () => this.#events.onRestored(),
    )
    this.#listen()
  }

  /** Connects, or comes back into the call `callId`. Resolves with the call's id; throws `CallRefused`. */
  async connect(callId: string | null, sessionId: string): Promise<string> {
    const offer = await this.#connection.createOffer()
    await this.#connection.setLocalDescription(offer)
    const answer = await sendOffer({ sdp: offer.sdp ?? '', callId, sessionId }, this.#abort.signal)
    this.#callId = answer.callId
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp })
    this.#scheduleCandidates()
    return answer.callId
  }

  sendText(content: string): boolean {
    return this.#send(sendText(this.#id(), content))
  }

  get isOpen(): boolean {
    return this.#channel.readyState === 'open'
  }

  /** Whether nothing comes any more. */
  get isMissing(): boolean {
    return this.#arrivals.areMissing
  }

  /** Says goodbye, so that the bot need not wait for silence. */
  hangUp(): void {
    try {
      this.#send(disconnectBot(this.#id()))
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#abort.abort()
    clearInterval(this.#pings)
    this.#arrivals.close()
    this.#channel.close()
    this.#connection.close()
  }

  #listen(): void {
    const connection = this.#connection
    connection.addEventListener('track', ({ track, receiver, streams }) => {
      receiver.jitterBufferTarget = 0
      this.#events.onSound(streams[0] ?? new MediaStream([track]))
    })
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (!candidate?.candidate) return
      this.#candidates.push(candidate)
      this.#scheduleCandidates()
    })
    connection.addEventListener('connectionstatechange', () => {
      if (this.#abort.signal.aborted) return
      if (connection.connectionState === 'connected') this.#events.onRestored()
      if (connection.connectionState === 'disconnected') this.#events.onCut(false)
      if (connection.connectionState === 'failed') this.#events.onCut(true)
    })
    this.#channel.addEventListener('open', () => {
      this.#send(clientReady(this.#id()))
      this.#pings = setInterval(() => this.#send(`ping: ${Date.now()}`), pingEveryMs)
      this.#events.onOpen()
    })
    this.#channel.addEventListener('message', ({ data }) => {
      const message = readBotMessage(data)
      if (message) this.#events.onMessage(message)
    })
  }

  #scheduleCandidates(): void {
    const callId = this.#callId
    if (callId === null) return
    setTimeout(() => {
      const found = this.#candidates.splice(0)
      if (found.length === 0 || this.#abort.signal.aborted) return
      // A candidate that does not arrive is no loss: the bot's own addresses are in its answer already.
      sendCandidates(callId, found, this.#abort.signal).catch(() => undefined)
    }, candidatesAfterMs)
  }

  #send(message: string): boolean {
    if (this.#channel.readyState !== 'open') return false
    this.#channel.send(message)
    return true
  }

  #id(): string {
    return `web-${this.#nextId++}`
  }
}
