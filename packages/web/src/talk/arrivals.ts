const lookEveryMs = 500
/** The bot sends sound every 400 ms at least, however long it says nothing. */
const missedLooks = 4

/**
 * Watches whether sound still comes over a connection. A browser takes several seconds to say that the other end is gone; this asks sooner.
 *
 * States: waiting (for the first packet) -> arriving <-> missing. Time in which the page itself did not run counts for nothing.
 */
export class Arrivals {
  readonly #connection: RTCPeerConnection
  readonly #onMissing: () => void
  readonly #onBack: () => void
  readonly #timer: ReturnType<typeof setInterval>
  #packets = 0
  #missed = 0

  /** `onMissing` is called again and again while nothing comes. */
  constructor(connection: RTCPeerConnection, onMissing: () => void, onBack: () => void) {
    this.#connection = connection
    this.#onMissing = onMissing
    this.#onBack = onBack
    this.#timer = setInterval(() => void this.#look(), lookEveryMs)
  }

  get areMissing(): boolean {
    return this.#missed >= missedLooks
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    const packets = packetsReceived(await this.#connection.getStats())
    if (packets === 0) return
    if (packets !== this.#packets) {
      const wereMissing = this.areMissing
      this.#packets = packets
      this.#missed = 0
      if (wereMissing) this.#onBack()
      return
    }
    this.#missed++
    if (this.#missed % missedLooks === 0) this.#onMissing()
  }
}

function packetsReceived(stats: RTCStatsReport): number {
  let packets = 0
  stats.forEach(({ type, packetsReceived }) => {
    if (type === 'inbound-rtp') packets += packetsReceived
  })
  return packets
}
