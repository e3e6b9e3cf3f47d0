import { describe, expect, it } from 'vitest'
import { RtpClock } from './rtp-clock.ts'

/** Sends packets of 20 ms for `forMs`; tells how far off their places are, in milliseconds. */
function errors(forMs: number, sender: { drift: number; delayMs(sentMs: number): number; from?: number }) {
  const clock = new RtpClock()
  const found: { sentMs: number; error: number }[] = []
  for (let sentMs = 0; sentMs < forMs; sentMs += 20) {
    const timestamp = Math.round(sentMs * 48 * (1 + sender.drift) + (sender.from ?? 0)) % 2 ** 32
    const placedMs = clock.sentMs(timestamp, 20, sentMs + 20 + sender.delayMs(sentMs))
    found.push({ sentMs, error: placedMs - sentMs })
  }
  return found
}

const largest = (of: { error: number }[]) =>
  of.reduce((most, { error }) => Math.max(most, Math.abs(error)), 0)
/** Up to 80 ms late, most of them little. */
const jitter = (sentMs: number) => 80 * (((sentMs * 7919) % 997) / 997) ** 4

describe('RtpClock', () => {
  it('puts packets where they were sent, however late they come', () => {
    expect(largest(errors(60_000, { drift: 0, delayMs: jitter }).slice(100))).toBeLessThan(1)
  })

  it.each([1e-4, -1e-4])('stays within 5 ms over an hour with a clock that is off by %f', (drift) => {
    expect(largest(errors(3_600_000, { drift, delayMs: jitter }).slice(100))).toBeLessThan(5)
  })

  it('does not bend the pitch when the way of packets wavers by two milliseconds from second to second', () => {
    const delayMs = (sentMs: number) => 2 * (((Math.floor(sentMs / 1000) * 7919) % 997) / 997)
    const found = errors(60_000, { drift: 0, delayMs }).slice(500)
    const inOneSecond = found.slice(50).map(({ error }, i) => ({ error: error - (found[i]?.error ?? 0) }))
    expect(largest(inOneSecond)).toBeLessThan(0.25)
  })

  it('goes on where the time stamp wraps around', () => {
    expect(largest(errors(2_000, { drift: 0, delayMs: () => 0, from: 2 ** 32 - 48_000 }))).toBe(0)
  })

  it('sets right what the first packets, being late, made it believe', () => {
    const found = errors(2_000, { drift: 0, delayMs: (sentMs) => (sentMs < 200 ? 200 - sentMs : 0) })
    expect(found[0]?.error).toBe(200)
    expect(largest(found.slice(10))).toBeLessThanOrEqual(10)
  })

  it('follows when the way becomes longer for good', () => {
    const found = errors(30_000, { drift: 0, delayMs: (sentMs) => (sentMs < 10_000 ? 0 : 300) })
    expect(found.at(-1)?.error).toBe(300)
  })

  it('keeps up with a sender that is too busy to keep time', () => {
    expect(largest(errors(60_000, { drift: -0.1, delayMs: jitter }))).toBeLessThan(300)
  })

  it('begins anew when the sender stood still', () => {
    const clock = new RtpClock()
    clock.sentMs(0, 20, 20)
    expect(clock.sentMs(960, 20, 5_040)).toBe(5_020)
  })
})
