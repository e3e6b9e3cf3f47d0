import { Encoder } from '@evan/opus'
import type { PcmFrame, Tape, UplinkPlace } from '../transport/call.ts'
import { Resampler } from '../transport/resample.ts'
import { MICROPHONE_RATE } from '../transport/uplink.ts'
import { OggOpusWriter } from './ogg-opus.ts'
import { RtpClock } from './rtp-clock.ts'
import { type Side, StereoTape, TAPE_RATE } from './stereo-tape.ts'

const FRAME_MS = 20
/** A page is sent when it has this much sound, so that what breaks off loses less than a second. */
const PAGE_MS = 300
const BITRATE = 48_000
/** What an Opus encoder looks ahead: 2.5 ms and 4 ms (libopus, OPUS_GET_LOOKAHEAD), in samples of 48 kHz. */
const LOOKAHEAD = 312
/** What comes out of a decoder so much later than it went into the encoder, which the time stamps of packets do not tell. */
const LOOKAHEAD_MS = LOOKAHEAD / 48
/** A gap this short is the step of a clock and no silence. */
const STEP_SAMPLES = TAPE_RATE / 1000
const SAMPLES_PER_MS = TAPE_RATE / 1000

/** Where a recording goes, page by page. */
export interface SoundSink {
  append(page: Uint8Array): void
}

/** Sound of one side on its way to the tape. */
class Track {
  readonly #tape: StereoTape
  readonly #side: Side
  #resampler: Resampler | undefined
  #rate = 0
  #end = 0

  constructor(tape: StereoTape, side: Side) {
    this.#tape = tape
    this.#side = side
  }

  put(atMs: number, { samples, sampleRate }: PcmFrame): void {
    if (!this.#resampler || sampleRate !== this.#rate) {
      this.#resampler = new Resampler(sampleRate, TAPE_RATE)
      this.#rate = sampleRate
    }
    const resampled = this.#resampler.process(samples)
    const position = Math.round(atMs * SAMPLES_PER_MS)
    const gap = position - this.#end
    if (gap > 0 && gap <= STEP_SAMPLES)
      this.#tape.put(this.#side, this.#end, new Int16Array(gap).fill(resampled[0] ?? 0))
    this.#tape.put(this.#side, position, resampled)
    this.#end = position + resampled.length
  }
}

/**
 * Records a call in stereo, the user left and the agent right, as Opus in Ogg: what the caller sent, when it was sent,
 * and what the agent played, when it was played. Nothing is kept in memory but the last second.
 */
export class ConversationRecording implements Tape {
  readonly #startMs: number
  readonly #sink: SoundSink
  readonly #encoder = new Encoder({ channels: 2, sample_rate: TAPE_RATE, application: 'audio' })
  readonly #ogg = new OggOpusWriter({ channels: 2, inputRate: TAPE_RATE, preSkip: LOOKAHEAD })
  readonly #tape = new StereoTape((samples) => this.#encode(samples))
  readonly #user = new Track(this.#tape, 'user')
  readonly #agent = new Track(this.#tape, 'agent')
  #clock = new RtpClock()
  #ssrc: number | undefined
  #pageMs = 0
  #ended = false

  /** `startMs` is on the clock of `performance`, like every time that a tape is told. */
  constructor(options: { startMs: number; sink: SoundSink }) {
    this.#startMs = options.startMs
    this.#sink = options.sink
    this.#encoder.bitrate = BITRATE
    this.#encoder.complexity = 5
    this.#encoder.force_channels = 2
    this.#encoder.phase_inversion_disabled = true
    this.#sink.append(this.#ogg.begin())
  }

  user(samples: Int16Array, { ssrc, timestamp }: UplinkPlace, arrivedMs: number): void {
    if (this.#ended) return
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc
      this.#clock = new RtpClock()
    }
    const durationMs = (samples.length * 1000) / MICROPHONE_RATE
    const sentMs = this.#clock.sentMs(timestamp, durationMs, arrivedMs)
    this.#user.put(sentMs - LOOKAHEAD_MS - this.#startMs, { samples, sampleRate: MICROPHONE_RATE })
  }

  agent(frame: PcmFrame | null, atMs: number): void {
    if (this.#ended) return
    this.#tape.advance(atMs - this.#startMs)
    if (frame) this.#agent.put(atMs - this.#startMs, frame)
  }

  /** Sends the rest. May be called again. */
  end(atMs: number): void {
    if (this.#ended) return
    this.#ended = true
    const lengthMs = Math.max(0, atMs - this.#startMs)
    // The last sound is still within the encoder when its last frame is taken.
    this.#tape.finish(lengthMs + FRAME_MS)
    this.#sink.append(this.#ogg.end(lengthMs))
  }

  #encode(samples: Int16Array): void {
    const full = this.#ogg.add(this.#encoder.encode(samples), FRAME_MS)
    if (full) this.#sink.append(full)
    this.#pageMs += FRAME_MS
    if (this.#pageMs < PAGE_MS) return
    this.#pageMs = 0
    const page = this.#ogg.flush()
    if (page) this.#sink.append(page)
  }
}
