import { expect, it } from 'vitest'
import { SharedRun } from './shared-run.ts'

it('runs one time after the other, and once for all who ask meanwhile', async () => {
  const ends: (() => void)[] = []
  let runs = 0
  const shared = new SharedRun(async () => {
    const number = ++runs
    await new Promise<void>((resolve) => ends.push(resolve))
    return number
  })
  const first = shared.ask()
  const meanwhile = [shared.ask(), shared.ask(), shared.ask()]
  expect(runs).toBe(1)
  ends[0]?.()
  expect(await first).toBe(1)
  await expect.poll(() => runs).toBe(2)
  ends[1]?.()
  expect(await Promise.all(meanwhile)).toEqual([2, 2, 2])
  const later = shared.ask()
  ends[2]?.()
  expect(await later).toBe(3)
})
