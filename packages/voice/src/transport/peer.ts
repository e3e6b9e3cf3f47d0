import { randomInt } from 'node:crypto'
import {
  MediaStreamTrack,
  type RTCDataChannel,
  RTCPeerConnection,
  type RTCRemoteInboundRtpStreamStats,
  RTCRtpCodecParameters,
  type RTCRtpTransceiver,
  type RTCStats,
  RtpHeader,
  RtpPacket,
} from 'werift'
import { RoundTrips } from './round-trips.ts'
import { prepareKeys } from './srtp-keys.ts'
import type { AudioPacket } from './uplink.ts'

/** What a peer tells its call. */
export interface PeerEvents {
  /** Media and data can flow. */
  onConnected(): void
  /** The other side closed the connection; that its network failed is not told here, it may come back. */
  onClosed(): void
  /** A sign of life: a packet, a message, a connectivity check. */
  onActivity(): void
  onAudio(packet: AudioPacket, ssrc: number): void
  onText(text: string): void
  /** The data channel opened; `sendText` works from now on. */
  onChannelOpen(): void
}

export interface PeerOptions {
  /** Addresses to offer beside those of the machine's network interfaces. */
  additionalAddresses: readonly string[]
  /** UDP ports to use, or any. */
  portRange: readonly [number, number] | undefined
}

export interface RemoteCandidate {
  candidate: string
  sdpMid?: string | undefined
  sdpMLineIndex?: number | undefined
}

const OPUS_FRAME_TICKS = 480
const MAX_CHANNEL_MESSAGE_BYTES = 256 * 1024

/** The other end of a WebRTC connection: Opus both ways (with RED, RFC 2198, where the other end knows it) and one data channel. */
export class Peer {
  readonly #connection: RTCPeerConnection
  readonly #transceiver: RTCRtpTransceiver
  readonly #events: PeerEvents
  #channel: RTCDataChannel | undefined
  #sequence = randomInt(0x8000)
  #timestamp = randomInt(0x8000_0000)
  /** The next packet follows a stretch without any; RFC 7587, 4.1 has it marked. */
  #resuming = true
  readonly #roundTrips = new RoundTrips()
  #connected = false
  #closed = false

  constructor(events: PeerEvents, options: PeerOptions) {
    this.#events = events
    this.#connection = new RTCPeerConnection({
      codecs: { audio: audioCodecs(), video: [] },
      iceServers: [],
      iceAdditionalHostAddresses: [...options.additionalAddresses],
      iceTcpPassive: false,
      icePortRange: options.portRange ? [...options.portRange] : undefined,
      iceFilterStunResponse: () => {
        this.#events.onActivity()
        return true
      },
    })
    this.#transceiver = this.#connection.addTransceiver(new MediaStreamTrack({ kind: 'audio' }), {
      direction: 'sendrecv',
    })
    this.#transceiver.sender.onRtcp.subscribe(() => this.#readRoundTrips())
    this.#connection.onTrack.subscribe((track) => this.#receiveFrom(track))
    this.#connection.onDataChannel.subscribe((channel) => this.#useChannel(channel))
    this.#connection.connectionStateChange.subscribe((state) => this.#onState(state))
  }

  get connected(): boolean {
    return this.#connected && !this.#closed
  }

  /** Answers an offer, a first or a later one, with all candidates of this side in it. Errors: the offer makes no sense. */
  async answer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: preferRedundancy(offer) })
    const answer = await this.#connection.createAnswer()
    await this.#connection.setLocalDescription(answer)
    await this.#gathered()
    return withShortPackets(this.#connection.localDescription?.sdp ?? answer.sdp)
  }

  /** Errors: the candidate cannot be read, or belongs to no part of the offer. */
  async addCandidate(candidate: RemoteCandidate): Promise<void> {
    await this.#connection.addIceCandidate({
      candidate: candidate.candidate,
      ...(candidate.sdpMid === undefined ? {} : { sdpMid: candidate.sdpMid }),
      ...(candidate.sdpMLineIndex === undefined ? {} : { sdpMLineIndex: candidate.sdpMLineIndex }),
    })
  }

  /** Sends one Opus packet of 10 ms. */
  async sendAudio(payload: Uint8Array): Promise<void> {
    const header = new RtpHeader({
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      marker: this.#resuming,
    })
    this.#resuming = false
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#advance(1)
    if (this.connected) await this.#transceiver.sender.sendRtp(new RtpPacket(header, Buffer.from(payload)))
  }

  /** Leaves out so many frames of 10 ms: the listener hears a pause, not a delay. */
  skipAudio(frames: number): void {
    if (frames > 0) this.#resuming = true
    this.#advance(frames)
  }

  #advance(frames: number): void {
    this.#timestamp = (this.#timestamp + frames * OPUS_FRAME_TICKS) >>> 0
  }

  /** Whether the message went out: it does not without an open data channel. Errors: RangeError when it is too large. */
  sendText(text: string): boolean {
    if (this.#channel?.readyState !== 'open') return false
    const bytes = Buffer.byteLength(text)
    if (bytes > MAX_CHANNEL_MESSAGE_BYTES) {
      throw new RangeError(
        `A message on the data channel may have ${MAX_CHANNEL_MESSAGE_BYTES} bytes, not ${bytes}.`,
      )
    }
    this.#channel.send(text)
    return true
  }

  /** As `Call` has it, of this connection. */
  get roundTripMs(): number | null {
    return this.#roundTrips.leastMs
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#connection.close()
  }

  #onState(state: RTCPeerConnection['connectionState']): void {
    if (state !== 'connected' || this.#connected) return
    this.#connected = true
    for (const transport of this.#connection.dtlsTransports) {
      if (transport.srtpStarted) prepareKeys(transport)
      transport.onStateChange.subscribe((dtls) => {
        if (dtls === 'closed' && !this.#closed) this.#events.onClosed()
      })
    }
    this.#events.onConnected()
  }

  #receiveFrom(track: MediaStreamTrack): void {
    if (track.kind !== 'audio') return
    track.onReceiveRtp.subscribe((packet) => {
      this.#events.onActivity()
      const { sequenceNumber, timestamp, ssrc } = packet.header
      this.#events.onAudio({ sequence: sequenceNumber, timestamp, payload: packet.payload }, ssrc)
    })
  }

  #readRoundTrips(): void {
    const { roundTripTimeMeasurements = 0, totalRoundTripTime = 0 } =
      this.#transceiver.sender.collectStats(0).find(isRemoteInbound) ?? {}
    this.#roundTrips.reported(roundTripTimeMeasurements, totalRoundTripTime * 1000)
  }

  #useChannel(channel: RTCDataChannel): void {
    this.#channel = channel
    channel.onMessage.subscribe((message) => {
      this.#events.onActivity()
      this.#events.onText(typeof message === 'string' ? message : message.toString('utf8'))
    })
    channel.stateChange.subscribe((state) => {
      if (state === 'open' && this.#channel === channel) this.#events.onChannelOpen()
    })
    if (channel.readyState === 'open') this.#events.onChannelOpen()
  }

  async #gathered(): Promise<void> {
    if (this.#connection.iceGatheringState === 'complete') return
    await new Promise<void>((resolve) => {
      this.#connection.iceGatheringStateChange.subscribe((state) => {
        if (state === 'complete') resolve()
      })
    })
  }
}

/** What the other end's RTCP reports tell of the sound sent to it. */
function isRemoteInbound(stats: RTCStats): stats is RTCRemoteInboundRtpStreamStats {
  return stats.type === 'remote-inbound-rtp'
}

function audioCodecs(): RTCRtpCodecParameters[] {
  return [
    new RTCRtpCodecParameters({ mimeType: 'audio/red', clockRate: 48_000, channels: 2 }),
    new RTCRtpCodecParameters({
      mimeType: 'audio/opus',
      clockRate: 48_000,
      channels: 2,
      parameters: 'minptime=10;useinbandfec=0',
    }),
  ]
}

/**
 * The offer with RED before all other audio codecs where it is offered at all. The answer keeps that order, and then each packet of
 * either side carries the one before it too: a lost packet costs nothing but the wait for the next.
 */
function preferRedundancy(sdp: string): string {
  const red = /^a=rtpmap:(\d+) red\/48000\/2\r?$/im.exec(sdp)?.[1]
  if (red === undefined) return sdp
  return sdp.replace(/^(m=audio \d+ \S+)((?: \d+)+)/m, (_, start: string, types: string) => {
    const others = types
      .trim()
      .split(' ')
      .filter((type) => type !== red)
    return `${start} ${[red, ...others].join(' ')}`
  })
}

/** Asks the other side for packets of 10 ms (RFC 8866, 6.4). */
function withShortPackets(sdp: string): string {
  return sdp.replace(/^(m=audio (?!0 ).*\r\n)((?:(?!m=).*\r\n)*)/m, '$1$2a=ptime:10\r\n')
}
