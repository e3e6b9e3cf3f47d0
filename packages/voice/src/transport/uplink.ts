import { FRAME_MS } from './pacing.ts'

export const MICROPHONE_RATE = 16_000
const RTP_CLOCK = 48_000
const SAMPLES_PER_MS = MICROPHONE_RATE / 1000
const FRAME_SAMPLES = FRAME_MS * SAMPLES_PER_MS
const MAX_FRAME_SAMPLES = 2 * FRAME_SAMPLES
/** How long packets behind a gap wait for the packet that is missing. */
const REORDER_MS = 40
/** When nothing has come for so long, silence is handed on, so that the listener's time does not stand still. */
const STARVED_MS = 120
/** How long what was heard last takes to fade when nothing comes. */
const FADE_SAMPLES = 60 * SAMPLES_PER_MS
const MAX_GAP_MS = 1_000
const MAX_SEQUENCE_JUMP = 500

export interface AudioPacket {
  /** RTP sequence number, 16 bits. */
  sequence: number
  /** RTP timestamp, 48 kHz, 32 bits. */
  timestamp: number
  payload: Uint8Array
}

/** What turns packets into sound; `conceal` gives sound in place of packets that are lost. */
export interface PacketDecoder {
  decode(payload: Uint8Array): Int16Array
  conceal(sampleCount: number): Int16Array
}

/**
 * Puts the packets of a microphone in order and decodes them. The listener is a speech recogniser and not an ear, so
 * nothing is held back for an even pace: a packet in its turn is handed on at once. Packets behind a gap wait
 * 40 ms for the missing one; then the gap is concealed. Time is given to each method in monotonic milliseconds.
 */
export class Uplink {
  readonly #decoder: PacketDecoder
  readonly #onSamples: (samples: Int16Array) => void
  readonly #onPlaced: ((samples: Int16Array, timestamp: number) => void) | undefined
  readonly #waiting = new Map<number, AudioPacket & { arrived: number }>()
  #nextSequence: number | undefined
  #nextTimestamp = 0
  #lastArrival: number
  #filledSamples = 0

  /** `onPlaced` takes the same sound with the time stamps it belongs at, without what fills the time when nothing comes. */
  constructor(
    decoder: PacketDecoder,
    onSamples: (samples: Int16Array) => void,
    now: number,
    onPlaced?: (samples: Int16Array, timestamp: number) => void,
  ) {
    this.#decoder = decoder
    this.#onSamples = onSamples
    this.#onPlaced = onPlaced
    this.#lastArrival = now
  }

  /** Errors: what the decoder throws on a payload that is not its codec. */
  receive(packet: AudioPacket, now: number): void {
    this.#lastArrival = now
    const ahead = this.#nextSequence === undefined ? 0 : distance(packet.sequence, this.#nextSequence, 16)
    if (this.#nextSequence === undefined || Math.abs(ahead) > MAX_SEQUENCE_JUMP) this.#restart(packet)
    else if (ahead < 0) return
    this.#waiting.set(packet.sequence, { ...packet, arrived: now })
    this.#drain()
    this.#giveUpGaps(now)
  }

  /** Called once for each 10 ms of the clock. */
  tick(now: number): void {
    this.#giveUpGaps(now)
    if (now - this.#lastArrival < STARVED_MS) return
    const before = this.#filledSamples
    this.#filledSamples += FRAME_SAMPLES
    // The decoder alone would go on with what it takes for the noise of the room, which may be a tone.
    const filling =
      before < FADE_SAMPLES ? this.#decoder.conceal(FRAME_SAMPLES) : new Int16Array(FRAME_SAMPLES)
    this.#emit(filling.map((sample, i) => Math.round(sample * Math.max(0, 1 - (before + i) / FADE_SAMPLES))))
  }

  #restart(packet: AudioPacket): void {
    this.#waiting.clear()
    this.#nextSequence = packet.sequence
    this.#nextTimestamp = packet.timestamp
    this.#filledSamples = 0
  }

  #drain(): void {
    for (;;) {
      const packet = this.#nextSequence === undefined ? undefined : this.#waiting.get(this.#nextSequence)
      if (!packet) return
      this.#waiting.delete(packet.sequence)
      this.#bridge(packet.timestamp)
      this.#nextSequence = (packet.sequence + 1) & 0xffff
      this.#nextTimestamp = packet.timestamp
      const samples = this.#decoder.decode(packet.payload)
      this.#nextTimestamp = (packet.timestamp + (samples.length * RTP_CLOCK) / MICROPHONE_RATE) >>> 0
      this.#onPlaced?.(samples, packet.timestamp)
      this.#emit(samples)
    }
  }

  /** Fills the time between the end of what was handed on and `timestamp`, less what was filled in already. */
  #bridge(timestamp: number): void {
    const gap = distance(timestamp, this.#nextTimestamp, 32) / (RTP_CLOCK / MICROPHONE_RATE)
    const missing = Math.min(gap - this.#filledSamples, MAX_GAP_MS * SAMPLES_PER_MS)
    this.#filledSamples = 0
    if (missing <= 0) return
    const concealed = this.#decoder.conceal(Math.round(missing))
    this.#onPlaced?.(concealed, timestamp - (concealed.length * RTP_CLOCK) / MICROPHONE_RATE)
    this.#emit(concealed)
  }

  #giveUpGaps(now: number): void {
    while (this.#waiting.size > 0 && this.#nextSequence !== undefined) {
      const from = this.#nextSequence
      const [first] = [...this.#waiting.values()].sort(
        (a, b) => distance(a.sequence, from, 16) - distance(b.sequence, from, 16),
      )
      if (!first || now - first.arrived < REORDER_MS) return
      this.#nextSequence = first.sequence
      this.#drain()
    }
  }

  #emit(samples: Int16Array): void {
    for (let start = 0; start < samples.length; start += MAX_FRAME_SAMPLES) {
      this.#onSamples(samples.subarray(start, start + MAX_FRAME_SAMPLES))
    }
  }
}

/** How far `a` lies ahead of `b` on a counter of so many bits that wraps around. */
function distance(a: number, b: number, bits: 16 | 32): number {
  const half = 2 ** (bits - 1)
  const difference = (a - b) % (2 * half)
  if (difference >= half) return difference - 2 * half
  if (difference < -half) return difference + 2 * half
  return difference
}
