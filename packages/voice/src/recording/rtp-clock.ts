const RTP_TICKS_PER_MS = 48
const RTP_RANGE = 2 ** 32
const WINDOW_MS = 1_000
/** A packet that comes so much earlier than any before it shows that those had been late. */
const EARLY_MS = 10
/** More than this is no drift: the way of the packets has become longer, or the sender is too busy to keep time. */
const JUMP_MS = 60
/** A packet as late as this begins anew: the sender's clock stood still. */
const RESTART_MS = 1_000
/** What a packet's place moves at most: 1 ms a second with packets of 20 ms, while quartz clocks differ by 0.1 ms a second. */
const STEP_MS = 1 / RTP_TICKS_PER_MS
/** In this time a small error is followed: what packets tell wavers by a millisecond or two, which is not to be heard as a wavering pitch. */
const FOLLOW_MS = 10_000

/**
 * Tells when sound was sent, on the clock of this machine, from the time stamps of its packets. Packets come early at
 * most as fast as the network is, and late at any time; so the sender's clock is where the least delayed packets of the
 * last 1 to 2 s have it. It is followed in steps too small to hear, as the two clocks drift apart.
 */
export class RtpClock {
  #ticks = 0
  #last: number | undefined
  #windowEndMs = 0
  /** Least differences of arrival and time stamp: of the last window and of this one. */
  #before = Number.POSITIVE_INFINITY
  #least = Number.POSITIVE_INFINITY
  #offsetMs: number | undefined

  /** When the first sample of a packet was sent: its time stamp (48 kHz, 32 bits) and arrival, and how long it is. */
  sentMs(timestamp: number, durationMs: number, arrivedMs: number): number {
    const ms = this.#unwrap(timestamp) / RTP_TICKS_PER_MS
    const difference = arrivedMs - durationMs - ms
    if (this.#offsetMs !== undefined && difference - this.#offsetMs > RESTART_MS) {
      this.#offsetMs = undefined
      this.#before = this.#least = Number.POSITIVE_INFINITY
    }
    if (arrivedMs >= this.#windowEndMs) {
      this.#before = this.#least
      this.#least = Number.POSITIVE_INFINITY
      this.#windowEndMs = arrivedMs + WINDOW_MS
    }
    this.#least = Math.min(this.#least, difference)
    const target = Math.min(this.#before, this.#least)
    const offset = this.#offsetMs ?? target
    const error = target - offset
    const step = Math.max(-STEP_MS, Math.min(STEP_MS, (error * durationMs) / FOLLOW_MS))
    this.#offsetMs = error < -EARLY_MS || error > JUMP_MS ? target : offset + step
    return ms + this.#offsetMs
  }

  #unwrap(timestamp: number): number {
    if (this.#last !== undefined) {
      const step = (timestamp - this.#last + RTP_RANGE) % RTP_RANGE
      this.#ticks += step < RTP_RANGE / 2 ? step : step - RTP_RANGE
    }
    this.#last = timestamp
    return this.#ticks
  }
}
