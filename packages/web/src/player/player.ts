import type { Recording } from '@voxtrace/model'
import { playableUrl, whereAudioIs } from '../api/recordings.ts'
import { Observable } from '../store/observable.ts'
import { growsForMs, type Track } from './track.ts'
import { WholeRecording } from './whole-recording.ts'

export const speeds = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]
/** Recordings that sound together may be apart by this before they are set right. */
const largestDriftMs = 40
/** Silence is skipped when it lasts longer than this, and left a little before it ends. */
const shortestSkipMs = 700
const skipMarginMs = 250
/** Within this much of the end of what has been loaded, a growing recording is loaded anew. */
const reloadWithinMs = 250
/** A page that nobody sees is given no frames; what is to happen while it plays happens this often then, in milliseconds. */
const unseenStepMs = 250

/** Why nothing sounds, by where the sound is that the browser gave up. */
const whyNot = {
  there: 'This browser cannot play the recording. Download it to hear it elsewhere.',
  gone: 'The recording has been deleted.',
  away: 'The recording could not be loaded. Is the server running? Press play to try again.',
}

interface PlayerState {
  /** True while sound is meant to play. */
  playing: boolean
  speed: number
  skipSilence: boolean
  /** Where the needle was last set down, or playing stopped; while playing see `position`. */
  positionMs: number
  /** Why nothing sounds, in words for the reader. */
  problem: string | null
}

/** A stretch of the axis, in milliseconds. */
export interface Stretch {
  fromMs: number
  toMs: number
}

/** A recording and what plays it. */
interface Voice {
  track: Track
  audio: HTMLAudioElement
  whole: WholeRecording
  loaded: Loaded
}

/** What plays: so many bytes of a recording, over the network or from what is here whole. */
interface Loaded {
  sizeBytes: number
  isWhole: boolean
  /** How many cues it was loaded with, and how far they reach. */
  cues: number
  readMs: number
}

function loadedNow({ recording, endMs, startMs }: Track, isWhole = false): Loaded {
  return { sizeBytes: recording.sizeBytes, isWhole, cues: recording.cues, readMs: endMs - startMs }
}

/** How far a voice goes: as the server has read it, or else as the browser says. */
function endOf({ track, audio }: Voice): number {
  const { duration } = audio
  return Math.max(track.endMs, Number.isFinite(duration) ? track.startMs + duration * 1000 : track.startMs)
}

/** Where on the axis its sound is. */
function heardMs({ track, audio }: Voice): number {
  return track.startMs + audio.currentTime * 1000
}

/** Whether anybody has said how far it goes yet: neither need have when it is first to be heard. */
function isEndKnown({ track, audio }: Voice): boolean {
  return track.recording.durationMs !== null || Number.isFinite(audio.duration) || audio.ended
}

/**
 * Plays the recordings of a trace on its axis. Between and around recordings the needle moves on by the clock.
 *
 * States: paused <-> playing. Listeners of `position` hear every frame while it plays.
 */
export class Player extends Observable<PlayerState> {
  readonly position = new Position()
  #voices: Voice[] = []
  #silences: readonly Stretch[] = []
  #stopAtMs: number | null = null
  #frame = 0
  #unseenStep: ReturnType<typeof setTimeout> | undefined
  #clock: { atMs: number; sinceMs: number } | null = null

  constructor() {
    super({ playing: false, speed: 1, skipSilence: false, positionMs: 0, problem: null })
  }

  /** Takes the recordings as they are now; those that are known play on. */
  load(tracks: readonly Track[]): void {
    const known = new Map(this.#voices.map((voice) => [nameOf(voice.track.recording), voice]))
    this.#voices = tracks.map((track) => {
      const voice = known.get(nameOf(track.recording))
      known.delete(nameOf(track.recording))
      if (voice) {
        voice.track = track
        voice.whole.update(track.recording)
        return voice
      }
      return this.#newVoice(track)
    })
    for (const voice of known.values()) release(voice)
  }

  /** The stretches in which nobody speaks, in order. */
  setSilences(silences: readonly Stretch[]): void {
    this.#silences = silences
  }

  get endMs(): number {
    return Math.max(0, ...this.#voices.map(endOf))
  }

  /** Where the needle is now. */
  now(): number {
    return this.position.getState()
  }

  toggle(): void {
    if (this.getState().playing) this.pause()
    else this.play()
  }

  play(): void {
    if (this.#voices.length === 0) return
    if (this.#isAtEnd(this.now() + 20)) this.#moveTo(this.#firstMs())
    for (const { whole } of this.#voices) whole.want()
    this.#change({ playing: true, problem: null })
    this.#clock = null
    this.#align(true)
    this.#stepSoon()
  }

  /** Plays one stretch and stops at its end. */
  playStretch({ fromMs, toMs }: Stretch): void {
    this.seek(fromMs)
    this.play()
    this.#stopAtMs = toMs
  }

  pause(): void {
    this.#stopSteps()
    this.#stopAtMs = null
    const sounding = this.getState().playing ? this.#voices.find(({ audio }) => isSounding(audio)) : undefined
    for (const { audio } of this.#voices) audio.pause()
    // The last frame may be a while ago: the needle stops where the sound does.
    if (sounding) this.position.set(heardMs(sounding))
    this.#change({ playing: false, positionMs: this.now() })
  }

  /** Sets the needle down; sound goes on from there if it was playing. */
  seek(ms: number): void {
    this.#stopAtMs = null
    this.#moveTo(ms)
    this.#change({ positionMs: ms })
    this.#align(true)
  }

  setSpeed(speed: number): void {
    this.#clock = null
    for (const { audio } of this.#voices) audio.playbackRate = speed
    this.#change({ speed })
  }

  /** The next faster or slower speed. */
  stepSpeed(by: 1 | -1): void {
    const at = speeds.indexOf(this.getState().speed)
    const next = speeds[Math.max(0, Math.min(speeds.length - 1, at + by))]
    if (next !== undefined) this.setSpeed(next)
  }

  toggleSkipSilence(): void {
    this.#change({ skipSilence: !this.getState().skipSilence })
  }

  close(): void {
    this.#stopSteps()
    for (const voice of this.#voices) release(voice)
    this.#voices = []
  }

  #stepSoon(): void {
    this.#stopSteps()
    this.#frame = requestAnimationFrame(this.#step)
    this.#unseenStep = setTimeout(this.#step, unseenStepMs)
  }

  #stopSteps(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#unseenStep)
  }

  #change(change: Partial<PlayerState>): void {
    this.setState({ ...this.getState(), ...change })
  }

  #moveTo(ms: number): void {
    this.#clock = null
    this.position.set(Math.max(Math.min(0, this.#firstMs()), ms))
  }

  #isAtEnd(atMs: number): boolean {
    return atMs >= this.endMs && this.#voices.every(isEndKnown)
  }

  #firstMs(): number {
    return Math.min(0, ...this.#voices.map(({ track }) => track.startMs))
  }

  #newVoice(track: Track): Voice {
    const audio = new Audio(playableUrl(track.recording))
    audio.preload = 'metadata'
    audio.preservesPitch = true
    audio.addEventListener('error', () => void this.#fail(audio))
    const whole = new WholeRecording(() => this.#takeWhole())
    whole.update(track.recording)
    const voice = { track, audio, whole, loaded: loadedNow(track) }
    audio.addEventListener('pause', () => this.#followPause(voice))
    audio.addEventListener('play', () => {
      if (!this.getState().playing) this.play()
    })
    return voice
  }

  /** Keys of the keyboard and of headphones, and calls on a phone, pause the sound itself. */
  #followPause(voice: Voice): void {
    const { audio } = voice
    if (this.getState().playing && audio.paused && !audio.ended && covers(voice, this.now())) this.pause()
  }

  /** What sounds is not broken off for it. */
  #takeWhole(): void {
    if (!this.getState().playing) this.#align(true)
  }

  async #fail(audio: HTMLAudioElement): Promise<void> {
    const isUnknown = audio.error?.code !== MediaError.MEDIA_ERR_NETWORK
    this.pause()
    const voice = this.#voices.find((voice) => voice.audio === audio)
    if (!voice) return
    // A browser calls it an unknown kind of sound, too, when the server answers that there is none.
    const where = await whereAudioIs(voice.track.recording)
    if (audio.error !== null)
      this.#change({ problem: whyNot[where === 'there' && !isUnknown ? 'away' : where] })
  }

  readonly #step = (): void => {
    if (!this.getState().playing) return
    const atMs = this.#advance()
    const { skipSilence } = this.getState()
    const silence = skipSilence
      ? this.#silences.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
      : undefined
    if (this.#stopAtMs !== null && atMs >= this.#stopAtMs) {
      const stopAtMs = this.#stopAtMs
      this.pause()
      this.seek(stopAtMs)
      return
    }
    if (silence && silence.toMs - atMs > shortestSkipMs) {
      this.#moveTo(silence.toMs - skipMarginMs)
      this.#align(true)
    } else {
      this.position.set(atMs)
      this.#align(false)
    }
    if (this.#isAtEnd(atMs) && !this.#voices.some(({ audio }) => isSounding(audio))) {
      this.position.set(this.endMs)
      // Of a call that still goes on, more is waited for.
      if (!this.#voices.some((voice) => isGrowing(voice.track) || hasMore(voice))) {
        this.pause()
        return
      }
    }
    this.#stepSoon()
  }

  /** Where the needle is by the recording that sounds, or else by the clock. */
  #advance(): number {
    const sounding = this.#voices.find(({ audio }) => isSounding(audio))
    if (sounding) {
      this.#clock = null
      return heardMs(sounding)
    }
    const atMs = this.now()
    if (this.#voices.some((voice) => covers(voice, atMs) && !voice.audio.ended)) {
      // A recording is being fetched: the needle waits for its sound.
      this.#clock = null
      return atMs
    }
    if (this.#isAtEnd(atMs)) return atMs
    this.#clock ??= { atMs, sinceMs: performance.now() }
    return this.#clock.atMs + (performance.now() - this.#clock.sinceMs) * this.getState().speed
  }

  /** Lets every recording that covers the needle sound from there; with `exactly` however little it is apart. */
  #align(exactly: boolean): void {
    const atMs = this.now()
    const { playing, speed } = this.getState()
    for (const voice of this.#voices) {
      const { track, audio } = voice
      if (!covers(voice, atMs) && !(audio.ended && atMs >= endOf(voice) && hasMore(voice))) {
        if (!audio.paused) audio.pause()
        continue
      }
      const wantedMs = atMs - track.startMs
      this.#refreshSource(voice, wantedMs, exactly)
      const apartMs = Math.abs(audio.currentTime * 1000 - wantedMs)
      const isLead = this.#voices.find((voice) => isSounding(voice.audio))?.audio === audio
      if (exactly ? apartMs > 1 : !isLead && apartMs > largestDriftMs) audio.currentTime = wantedMs / 1000
      // An element that has ended would begin anew.
      if (playing && audio.paused && !audio.ended) {
        audio.playbackRate = speed
        audio.play().catch((error: unknown) => this.#refused(error))
      }
    }
  }

  /**
   * A recording that has grown is loaded anew when the needle comes to the end of what was loaded, and one that is here whole
   * is played from here as soon as the needle is set down or rests. One whose cues reach the needle by now is loaded with them then,
   * and what failed is tried again.
   */
  #refreshSource(voice: Voice, wantedMs: number, isSetDown: boolean): void {
    const { audio, whole, loaded, track } = voice
    const { sizeBytes } = track.recording
    const loadedMs = Number.isFinite(audio.duration) ? audio.duration * 1000 : Number.POSITIVE_INFINITY
    const isAtEnd = wantedMs >= loadedMs - reloadWithinMs || audio.error !== null
    const isTriedAgain = isSetDown && audio.error !== null
    const isWholeNow =
      isSetDown && !loaded.isWhole && whole.sizeBytes > 0 && whole.sizeBytes >= loaded.sizeBytes
    const hasItsCue =
      isSetDown && !loaded.isWhole && track.recording.cues > loaded.cues && wantedMs > loaded.readMs
    if (!isWholeNow && !isTriedAgain && !hasItsCue && (!hasMore(voice) || !isAtEnd)) return
    const isWhole = isWholeNow || whole.sizeBytes >= sizeBytes
    voice.loaded = { ...loadedNow(track, isWhole), ...(isWhole && { sizeBytes: whole.sizeBytes }) }
    audio.src = isWhole ? whole.newUrl() : playableUrl(track.recording)
    audio.currentTime = wantedMs / 1000
  }

  #refused(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return
    this.pause()
    if (error instanceof DOMException && error.name === 'NotAllowedError') {
      this.#change({ problem: 'The browser waits for a click before it plays sound. Press play again.' })
    }
  }
}

class Position extends Observable<number> {
  constructor() {
    super(0)
  }

  set(ms: number): void {
    this.setState(ms)
  }
}

function covers(voice: Voice, atMs: number): boolean {
  return atMs >= voice.track.startMs && (atMs < endOf(voice) || !isEndKnown(voice))
}

/** Whether the recording has grown since it was loaded. */
function hasMore({ track, loaded }: Voice): boolean {
  return track.recording.sizeBytes > loaded.sizeBytes
}

function isGrowing({ recording }: Track): boolean {
  return !recording.complete && Date.now() - recording.lastUpdateTimeMs < growsForMs
}

function isSounding(audio: HTMLAudioElement): boolean {
  return (
    !audio.paused && !audio.ended && audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA && !audio.seeking
  )
}

function nameOf({ recordingId, createTimeMs, startTimeUnixNano }: Recording): string {
  return `${recordingId} ${createTimeMs} ${startTimeUnixNano}`
}

function release({ audio, whole }: Voice): void {
  whole.close()
  audio.pause()
  audio.removeAttribute('src')
  audio.load()
}
