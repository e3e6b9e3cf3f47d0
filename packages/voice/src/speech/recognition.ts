import { type VADEvent, VADEventType } from '@livekit/agents'
import { nowMs } from '../agent/clock.ts'
import type { Transcriber } from './transcriber.ts'

/** The detector keeps speaking while its probability stays above this (inference.VAD's default). */
const stillSpeaking = 0.35
/** Sound kept from before the detector was sure, so that first consonants are heard. */
const prerollWindows = 12
const confirmedSpeechMs = 500
/** A segment with less speech than this holds no word; a model asked for it would make one up. */
const fewestSpokenWindows = 2
/** A segment longer than this ends at its next short pause. */
const longSegmentMs = 15_000
/** A segment longer than this is cut at its quietest place. */
const longestSegmentMs = 25_000
const cutSearchMs = 5_000
const windowMs = 32
const pauseMs = 96
const pauseContextMs = 3_000
const samplesPerMs = 16

export interface Transcript {
  /** Corrected by the vocabulary. */
  text: string
  /** As the model heard it. */
  raw: string
  /** False while the speaker may go on with the same sentence. */
  final: boolean
  /** When the transcription was asked for and when it was there, milliseconds since the epoch. */
  requestedMs: number
  readyMs: number
  audioMs: number
}

export interface TranscriptionFailure {
  error: unknown
  requestedMs: number
  failedMs: number
  audioMs: number
}

/** Told what is heard, in order. Times are milliseconds since the epoch. */
export interface Listener {
  speechStarted(startMs: number): void
  /** The sound has lasted too long to be a click or a cough. */
  speechConfirmed(): void
  /**
   * The speech stopped `silentMs` ago, and may have ended. Takes the last sound, 3 s at most, 16 kHz, and what was said
   * in this segment, null when that is not asked for yet or not known in the end.
   */
  pausing(samples: Int16Array, silentMs: number, words: Promise<string | null>): void
  /** So much more sound was heard since the speech stopped; it may be speech, if the detector is not yet sure of it. */
  passed(milliseconds: number, mayBeSpeech: boolean): void
  speechEnded(endMs: number): void
  /** All that was said until the end of speech has been told. */
  speechSettled(): void
  transcribed(transcript: Transcript): void
  transcriptionFailed(failure: TranscriptionFailure): void
}

export interface RecognitionOptions {
  transcriber: Transcriber
  owner: string
  correct(raw: string): string
  listener: Listener
}

type Outcome =
  | { kind: 'transcript'; transcript: Transcript }
  | { kind: 'failure'; failure: TranscriptionFailure }

interface Attempt {
  windows: number
  samples: Int16Array
  controller: AbortController
  /** Null when it was given up. */
  outcome: Promise<Outcome | null>
}

/**
 * Transcribes speech while the end of the turn is still being waited for.
 *
 * States of a segment: idle (only the preroll is kept), speaking (windows are collected), pausing (an attempt
 * transcribes what was collected). Speech that resumes drops the attempt; an end of speech makes it final. A
 * segment that grows long is made final at a pause, or at its quietest place, and goes on as a new one.
 */
export class Recognition {
  readonly #options: RecognitionOptions
  #windows: Int16Array[] = []
  #speaking = false
  #confirmed = false
  #silentMs = 0
  /** Windows with speech in the present segment. */
  #spoken = 0
  #attempt: Attempt | null = null
  #delivery: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: RecognitionOptions) {
    this.#options = options
  }

  /** Takes the next event of the voice activity detector. */
  accept(event: VADEvent): void {
    if (event.type === VADEventType.INFERENCE_DONE) this.#window(event)
    else if (event.type === VADEventType.START_OF_SPEECH) this.#start(event)
    else if (event.type === VADEventType.END_OF_SPEECH) this.#end(event)
  }

  /** Drops what is under way. */
  close(): void {
    this.#closed = true
    this.#drop()
  }

  #window(event: VADEvent): void {
    const sound = event.frames[0]?.data
    if (sound) this.#windows.push(new Int16Array(sound))
    if (!this.#speaking) {
      if (this.#windows.length > prerollWindows) this.#windows.shift()
      this.#options.listener.passed(windowMs, event.probability > stillSpeaking)
      return
    }
    if (event.probability > stillSpeaking) {
      this.#spoken += 1
      if (this.#silentMs > 0) this.#drop()
      this.#silentMs = 0
      if (!this.#confirmed && event.speechDuration >= confirmedSpeechMs) {
        this.#confirmed = true
        this.#options.listener.speechConfirmed()
      }
      if (this.#windows.length * windowMs > longestSegmentMs) this.#cut()
      return
    }
    this.#silentMs += windowMs
    this.#tryEagerly()
    if (this.#silentMs === pauseMs) this.#pausing(this.#attempt)
    else this.#options.listener.passed(windowMs, false)
  }

  #tryEagerly(): void {
    if (this.#attempt || this.#spoken < fewestSpokenWindows) return
    if (this.#silentMs < this.#options.transcriber.eagerSilenceMs) return
    this.#attempt = this.#begin(this.#windows.length)
    if (this.#windows.length * windowMs > longSegmentMs) this.#finish(this.#attempt)
  }

  #pausing(attempt: Attempt | null): void {
    const samples = joined(this.#windows.slice(-Math.ceil(pauseContextMs / windowMs)))
    const words = attempt?.outcome.then((outcome) =>
      outcome?.kind === 'transcript' ? outcome.transcript.text : null,
    )
    this.#options.listener.pausing(samples, this.#silentMs, words ?? Promise.resolve(null))
  }

  #start(event: VADEvent): void {
    this.#speaking = true
    this.#confirmed = false
    this.#silentMs = 0
    // The detector has heard this much before it was sure.
    this.#spoken = fewestSpokenWindows
    this.#options.listener.speechStarted(nowMs() - event.speechDuration - event.inferenceDuration)
  }

  #end(event: VADEvent): void {
    this.#speaking = false
    this.#options.listener.speechEnded(nowMs() - event.silenceDuration - event.inferenceDuration)
    if (this.#attempt || this.#spoken >= fewestSpokenWindows)
      this.#finish(this.#attempt ?? this.#begin(this.#windows.length))
    this.#silentMs = 0
    void this.#delivery.then(() => this.#options.listener.speechSettled())
  }

  #drop(): void {
    this.#attempt?.controller.abort()
    this.#attempt = null
  }

  /** Asks for the transcript of the first windows, and announces it when it still holds. */
  #begin(windows: number): Attempt {
    const samples = joined(this.#windows.slice(0, windows))
    const controller = new AbortController()
    const attempt: Attempt = {
      windows,
      samples,
      controller,
      outcome: this.#transcribe(samples, controller.signal),
    }
    void attempt.outcome.then((outcome) => {
      if (outcome?.kind !== 'transcript' || this.#attempt !== attempt || this.#closed) return
      this.#options.listener.transcribed(outcome.transcript)
    })
    return attempt
  }

  async #transcribe(samples: Int16Array, signal: AbortSignal): Promise<Outcome | null> {
    const { transcriber, owner, correct } = this.#options
    const requestedMs = nowMs()
    const audioMs = samples.length / samplesPerMs
    try {
      const raw = await transcriber.transcribe(samples, owner, signal)
      const text = raw ? correct(raw) : ''
      return {
        kind: 'transcript',
        transcript: { raw, text, final: false, requestedMs, readyMs: nowMs(), audioMs },
      }
    } catch (error) {
      if (signal.aborted) return null
      return { kind: 'failure', failure: { error, requestedMs, failedMs: nowMs(), audioMs } }
    }
  }

  /**
   * Makes the attempt's transcript final, in its turn, and begins a new segment with what follows it. An attempt
   * that failed is made once more before the failure is told.
   */
  #finish(attempt: Attempt): void {
    this.#windows = this.#windows.slice(attempt.windows)
    this.#attempt = null
    this.#silentMs = 0
    this.#spoken = 0
    this.#delivery = this.#delivery.then(async () => {
      const first = await attempt.outcome
      const again = first?.kind === 'failure' && !this.#closed
      const outcome = again ? await this.#transcribe(attempt.samples, attempt.controller.signal) : first
      if (!outcome || this.#closed) return
      if (outcome.kind === 'failure') this.#options.listener.transcriptionFailed(outcome.failure)
      else this.#options.listener.transcribed({ ...outcome.transcript, final: true })
    })
  }

  /** Ends a segment without a pause at the quietest of its last windows. */
  #cut(): void {
    this.#drop()
    const from = this.#windows.length - Math.floor(cutSearchMs / windowMs)
    let quietest = from
    let lowest = Number.POSITIVE_INFINITY
    for (let index = from; index < this.#windows.length; index++) {
      let energy = 0
      for (const sample of this.#windows[index] ?? []) energy += sample * sample
      if (energy < lowest) [lowest, quietest] = [energy, index]
    }
    this.#finish(this.#begin(quietest + 1))
  }
}

function joined(windows: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(windows.reduce((sum, window) => sum + window.length, 0))
  let at = 0
  for (const window of windows) {
    samples.set(window, at)
    at += window.length
  }
  return samples
}
