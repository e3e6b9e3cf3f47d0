import { describe, expect, it } from 'vitest'
import { FrameClock, type Timing } from './pacing.ts'

/** Time that a test moves; a timer fires `lateMs` after it is due. */
class TestTiming implements Timing {
  #now = 1_000
  lateMs = 0
  #pending: { at: number; callback: () => void } | undefined

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#pending = timer
    return () => {
      if (this.#pending === timer) this.#pending = undefined
    }
  }

  get running(): boolean {
    return this.#pending !== undefined
  }

  advanceTo(time: number): void {
    while (this.#pending && this.#pending.at + this.lateMs <= time) {
      const { at, callback } = this.#pending
      this.#pending = undefined
      this.#now = Math.max(this.#now, at + this.lateMs)
      callback()
    }
    this.#now = time
  }

  /** The process does nothing at all for so long. */
  stall(ms: number): void {
    this.#now += ms
  }
}

describe('FrameClock', () => {
  it('gives a frame each 10 ms and does not drift when its timers are late', () => {
    const timing = new TestTiming()
    timing.lateMs = 3
    let frames = 0
    new FrameClock(timing).listen((count) => {
      frames += count
    })
    timing.advanceTo(61_003)
    expect(frames).toBe(6_000)
  })

  it('makes up for a short stall', () => {
    const timing = new TestTiming()
    const steps: [number, number][] = []
    new FrameClock(timing).listen((count, skipped) => steps.push([count, skipped]))
    timing.stall(30)
    timing.advanceTo(1_050)
    expect(steps).toEqual([
      [3, 0],
      [1, 0],
      [1, 0],
    ])
  })

  it('sends at most 40 ms at once after a long stall, and tells what it left out', () => {
    const timing = new TestTiming()
    const steps: [number, number][] = []
    new FrameClock(timing).listen((count, skipped) => steps.push([count, skipped]))
    timing.stall(500)
    timing.advanceTo(1_520)
    expect(steps).toEqual([
      [4, 46],
      [1, 0],
      [1, 0],
    ])
  })

  it('serves several listeners, and stops when the last one has gone', () => {
    const timing = new TestTiming()
    const clock = new FrameClock(timing)
    let first = 0
    let second = 0
    const stopFirst = clock.listen(() => first++)
    const stopSecond = clock.listen(() => second++)
    timing.advanceTo(1_020)
    stopFirst()
    timing.advanceTo(1_040)
    stopSecond()
    expect(timing.running).toBe(false)
    timing.advanceTo(2_000)
    expect([first, second]).toEqual([2, 4])
    clock.listen(() => first++)
    timing.advanceTo(2_010)
    expect(first).toBe(3)
  })
})
