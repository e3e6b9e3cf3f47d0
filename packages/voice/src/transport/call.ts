/** A stretch of mono signed 16-bit PCM. */
export interface PcmFrame {
  samples: Int16Array
  /** Hertz. */
  sampleRate: number
}

export type CallEnd = 'hung_up' | 'connection_lost' | 'closed_by_bot'

/** What the caller hears. Sound is played in the order in which it is queued, at the pace of the clock. */
export interface Speaker {
  /** Queues sound; any sample rate. Never blocks and never drops. */
  play(frame: PcmFrame): void
  /** Forgets what is queued and not yet played. Audible silence follows within 20 ms. Returns the milliseconds forgotten. */
  clear(): number
  /** Milliseconds queued and not yet played. */
  readonly queuedMs: number
  /** Milliseconds of queued sound played since the call began (silence between sounds does not count). */
  readonly playedMs: number
  /** Resolves when all that was queued is played or forgotten. */
  drained(): Promise<void>
}

/** Where sound of the caller belongs: the stream it came in and its RTP time stamp (48 kHz, 32 bits). */
export interface UplinkPlace {
  ssrc: number
  timestamp: number
}

/** Told what goes over a call, to record it. Times are monotonic milliseconds (`performance.now()`). */
export interface Tape {
  /** What the caller sent, 16 kHz mono, as it arrives; what is lost and concealed is in it. */
  user(samples: Int16Array, place: UplinkPlace, arrivedMs: number): void
  /** What the caller is played at this time: called for each frame of the call's clock, with null when it is silent. */
  agent(frame: PcmFrame | null, atMs: number): void
}

/** A message of the RTVI protocol on the data channel, such as `{label: 'rtvi-ai', type: 'bot-ready', id, data}`. */
export interface RtviMessage {
  label: 'rtvi-ai'
  type: string
  id?: string
  data?: unknown
}

/** One connected caller. A call survives a reconnection of the same browser; `ended` settles once. */
export interface Call {
  readonly id: string
  /** What the client sent with its offer (`requestData`), such as `{sessionId, userId}`. */
  readonly requestData: Record<string, unknown>
  /** The caller's microphone, 16 kHz mono, in frames of 32 ms, ending when the call ends. Lost packets are concealed. */
  readonly microphone: AsyncIterable<PcmFrame>
  readonly speaker: Speaker
  /** How long packets take to the caller and back, as the caller's RTCP reports tell; null before the first. */
  readonly roundTripMs: number | null
  /** From now on tells a tape what goes over the call. */
  record(tape: Tape): void
  /** Waits for the data channel where it is not open. */
  send(message: RtviMessage): void
  /** One handler, for what comes from now on and what has come so far. `client-ready` comes here too, already answered. */
  onMessage(handler: (message: RtviMessage) => void): void
  readonly ended: Promise<CallEnd>
  hangUp(reason: CallEnd): Promise<void>
}
