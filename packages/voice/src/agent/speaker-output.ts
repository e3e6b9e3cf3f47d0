import { voice } from '@livekit/agents'
import type { AudioFrame } from '@livekit/rtc-node'
import { firstAudible } from '../speech/silence.ts'
import type { Speaker } from '../transport/call.ts'
import { nowMs } from './clock.ts'
import { Clause, type Utterance } from './utterance.ts'

/** A speaker that resamples may play this much less than it was given. */
const roundingMs = 25

/** The key under which a frame carries the clause it is the sound of. */
export const clauseKey = 'clause'

/** Told what the caller hears. Times are milliseconds since the epoch. */
export interface PlaybackListener {
  /** The first audible sample of the utterance is played at this time. */
  audible(utterance: Utterance, atMs: number): void
  /** The clause begins to be heard in so many milliseconds. */
  clauseQueued(clause: Clause, delayMs: number): void
  finished(utterance: Utterance, end: { atMs: number; heard: string; interrupted: boolean }): void
}

interface PlayedClause {
  clause: Clause
  ms: number
}

interface Segment {
  utterance: Utterance | null
  clauses: PlayedClause[]
  ms: number
  /** What the speaker will have played when the segment begins. */
  beginsAtMs: number
  audible: boolean
  flushed: boolean
}

/** The text of clauses that was heard in the first `playedMs` of their sound; within a clause, words in proportion. */
export function heardText(clauses: readonly { text: string; ms: number }[], playedMs: number): string {
  const heard: string[] = []
  let startMs = 0
  for (const { text, ms } of clauses) {
    const share = ms > 0 ? (playedMs - startMs) / ms : 0
    startMs += ms
    if (share >= 1) {
      heard.push(text)
      continue
    }
    const words = text.split(/\s+/)
    heard.push(words.slice(0, Math.floor(words.length * Math.max(0, share))).join(' '))
    break
  }
  return heard.filter(Boolean).join(' ')
}

/** A call's speaker as LiveKit's audio output. A segment is one utterance, from its first frame to its last sound. */
export class SpeakerOutput extends voice.AudioOutput {
  readonly #speaker: Speaker
  readonly #listener: PlaybackListener
  #segment: Segment | null = null

  constructor(speaker: Speaker, listener: PlaybackListener) {
    super(undefined, undefined, { pause: false })
    this.#speaker = speaker
    this.#listener = listener
  }

  override async captureFrame(frame: AudioFrame): Promise<void> {
    await super.captureFrame(frame)
    const clause = frame.userdata[clauseKey]
    const { queuedMs, playedMs } = this.#speaker
    this.#segment ??= {
      utterance: null,
      clauses: [],
      ms: 0,
      beginsAtMs: playedMs + queuedMs,
      audible: false,
      flushed: false,
    }
    const segment = this.#segment
    const frameMs = (frame.samplesPerChannel / frame.sampleRate) * 1000
    const isFirst = segment.ms === 0
    this.#speaker.play({ samples: frame.data, sampleRate: frame.sampleRate })
    segment.ms += frameMs
    if (clause instanceof Clause) {
      segment.utterance ??= clause.utterance
      const last = segment.clauses.at(-1)
      if (last?.clause === clause) last.ms += frameMs
      else {
        segment.clauses.push({ clause, ms: frameMs })
        this.#listener.clauseQueued(clause, queuedMs)
      }
    }
    if (isFirst) this.onPlaybackStarted(Date.now())
    const silentSamples = segment.audible ? 0 : firstAudible(frame.data)
    if (!segment.audible && silentSamples < frame.data.length && segment.utterance) {
      segment.audible = true
      this.#listener.audible(
        segment.utterance,
        nowMs() + queuedMs + (silentSamples / frame.sampleRate) * 1000,
      )
    }
  }

  override flush(): void {
    super.flush()
    const segment = this.#segment
    if (!segment || segment.flushed) return
    segment.flushed = true
    void this.#speaker.drained().then(() => this.#finish(segment))
  }

  clearBuffer(): void {
    const segment = this.#segment
    if (!segment) return
    this.#speaker.clear()
    this.#finish(segment)
  }

  /** The speaker has played, or forgotten, what the segment had: it says itself how much it played. */
  #finish(segment: Segment): void {
    if (this.#segment !== segment) return
    this.#segment = null
    const unplayedMs = segment.ms - (this.#speaker.playedMs - segment.beginsAtMs)
    const interrupted = unplayedMs > roundingMs || !segment.flushed
    const playedMs = interrupted ? Math.max(0, segment.ms - unplayedMs) : segment.ms
    const clauses = segment.clauses.map(({ clause, ms }) => ({ text: clause.text, ms }))
    // Lengths that are summed in another order differ by a hair, which would cost the last word.
    const heard = heardText(clauses, interrupted ? playedMs : Number.POSITIVE_INFINITY)
    if (segment.utterance) this.#listener.finished(segment.utterance, { atMs: nowMs(), heard, interrupted })
    this.onPlaybackFinished({ playbackPosition: playedMs / 1000, interrupted, synchronizedTranscript: heard })
  }
}
