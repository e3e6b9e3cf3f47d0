import { LevelMeter } from './level-meter.ts'
import { VoiceHistory } from './voice-history.ts'

/** The history takes a sample this often, in milliseconds. */
const sampleEveryMs = 38
/** A microphone that has brought no sound at all for so long may be the wrong one, in milliseconds. */
const silentAfterMs = 12_000
/** Below this root mean square there is not even the noise of a room. */
const soundFrom = 0.001

/** What is heard in a call: plays the agent, and measures both voices for the line. */
export class CallSound {
  readonly history = new VoiceHistory()
  readonly #player = new Audio()
  readonly #onSilence: (silent: boolean) => void
  #context: AudioContext | null = null
  #user: LevelMeter | null = null
  #agent: LevelMeter | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  #openedAtMs = 0
  #heard = false
  #muted = false

  constructor(onSilence: (silent: boolean) => void) {
    this.#onSilence = onSilence
    this.#player.autoplay = true
  }

  /** Must be called from a click: browsers start sound for nothing less. */
  start(): void {
    this.history.clear()
    this.#context ??= new AudioContext()
    void this.#context.resume()
    clearInterval(this.#timer)
    this.#timer = setInterval(() => this.#sample(), sampleEveryMs)
  }

  listenToUser(stream: MediaStream): void {
    this.#user?.close()
    this.#user = this.#context ? new LevelMeter(this.#context, stream) : null
    this.#openedAtMs = performance.now()
    this.#heard = false
  }

  playAgent(stream: MediaStream): void {
    this.#agent?.close()
    this.#player.srcObject = stream
    // A browser that refuses to play still shows the words.
    this.#player.play().catch(() => undefined)
    this.#agent = this.#context ? new LevelMeter(this.#context, stream) : null
  }

  setMuted(muted: boolean): void {
    this.#muted = muted
    this.#openedAtMs = performance.now()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#user?.close()
    this.#agent?.close()
    this.#user = null
    this.#agent = null
    this.#player.srcObject = null
    void this.#context?.close()
    this.#context = null
  }

  #sample(): void {
    const nowMs = performance.now()
    const user = this.#muted ? 0 : (this.#user?.level() ?? 0)
    this.history.add(nowMs, user, this.#agent?.level() ?? 0)
    if (!this.#user || this.#muted || this.#heard) return
    this.#heard = user > soundFrom
    if (this.#heard) this.#onSilence(false)
    else if (nowMs - this.#openedAtMs > silentAfterMs) this.#onSilence(true)
  }
}
