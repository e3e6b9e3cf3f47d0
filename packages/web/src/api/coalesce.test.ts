import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { coalesce } from './coalesce.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('makes one of asks that come close together', async () => {
  const task = vi.fn(async () => undefined)
  const coalesced = coalesce(task, 100)
  for (let ask = 0; ask < 20; ask++) coalesced.request()
  await vi.advanceTimersByTimeAsync(100)
  expect(task).toHaveBeenCalledTimes(1)
})

it('answers an ask that comes while it runs, afterwards and once', async () => {
  let running = 0
  const task = vi.fn(async () => {
    running++
    expect(running).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 500))
    running--
  })
  const coalesced = coalesce(task, 100)
  coalesced.request()
  await vi.advanceTimersByTimeAsync(200)
  coalesced.request()
  coalesced.request()
  await vi.advanceTimersByTimeAsync(2000)
  expect(task).toHaveBeenCalledTimes(2)
})

it('does nothing more once stopped', async () => {
  const task = vi.fn(async () => undefined)
  const coalesced = coalesce(task, 100)
  coalesced.request()
  coalesced.stop()
  coalesced.request()
  await vi.advanceTimersByTimeAsync(1000)
  expect(task).not.toHaveBeenCalled()
})
