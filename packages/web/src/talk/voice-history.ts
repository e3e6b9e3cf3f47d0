import type { TurnLatency } from '@voxtrace/model'

export interface VoiceSample {
  atMs: number
  /** Root mean square of each side, 0 to 1. */
  user: number
  agent: number
}

/** A wait between the user's last word and the agent's first sound, on the clock of `performance.now()`. */
export interface VoiceWait {
  startMs: number
  /** Null while it lasts. */
  endMs: number | null
  latency: TurnLatency | null
  /** Nothing was heard before it: the words were typed. */
  isTyped: boolean
}

const keptMs = 60_000
/** From this root mean square on the user is taken to be speaking. */
const speechFrom = 0.012
/** How far back the last word may lie when the bot tells that the user stopped, in milliseconds. */
const lookBackMs = 1500

/** What both sides sounded like over the last minute, and the waits between. */
export class VoiceHistory {
  #samples: VoiceSample[] = []
  #waits: VoiceWait[] = []

  get samples(): readonly VoiceSample[] {
    return this.#samples
  }

  get waits(): readonly VoiceWait[] {
    return this.#waits
  }

  /** The wait that lasts, if one does. */
  get openWait(): VoiceWait | null {
    const last = this.#waits.at(-1)
    return last && last.endMs === null ? last : null
  }

  add(atMs: number, user: number, agent: number): void {
    this.#samples.push({ atMs, user, agent })
    const from = this.#samples.findIndex((sample) => sample.atMs >= atMs - keptMs)
    if (from > 200) {
      this.#samples = this.#samples.slice(from)
      this.#waits = this.#waits.filter(({ endMs }) => endMs === null || endMs > atMs - keptMs)
    }
  }

  /** The user has finished. The wait is counted from the last loud sample when that is near, else from now. */
  beginWait(nowMs: number): void {
    if (this.openWait) return
    const spoken = this.#samples.findLast(({ user, atMs }) => user >= speechFrom && atMs > nowMs - lookBackMs)
    this.#waits.push({ startMs: spoken?.atMs ?? nowMs, endMs: null, latency: null, isTyped: !spoken })
  }

  /** The agent is heard. */
  endWait(nowMs: number): void {
    this.#waits = this.#waits.map((wait) => (wait.endMs === null ? { ...wait, endMs: nowMs } : wait))
  }

  /** No answer comes: the user goes on speaking. */
  dropWait(): void {
    this.#waits = this.#waits.filter(({ endMs }) => endMs !== null)
  }

  /** The bot's own measure of the last wait that ended without one. */
  explain(latency: TurnLatency): void {
    const at = this.#waits.findLastIndex((wait) => wait.endMs !== null && wait.latency === null)
    this.#waits = this.#waits.map((wait, index) => (index === at ? { ...wait, latency } : wait))
  }

  clear(): void {
    this.#samples = []
    this.#waits = []
  }
}
