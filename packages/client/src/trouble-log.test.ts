import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { KeptLog } from './testing/with-server.ts'
import { TroubleLog } from './trouble-log.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

it('passes each kind of trouble on once a minute, with how often it was kept back', () => {
  const log = new KeptLog()
  const trouble = new TroubleLog(log)
  for (let time = 0; time < 3; time++) trouble.warn('down', 'It is down.', {})
  trouble.warn('full', 'It is full.', () => ({ bytes: 1 }))
  vi.advanceTimersByTime(60_000)
  trouble.warn('down', 'It is down.', {})
  expect(log.warnings).toEqual([
    { message: 'It is down.' },
    { message: 'It is full.', bytes: 1 },
    { message: 'It is down.', keptBack: 2 },
  ])
})

it('is not silenced by a clock that steps back', () => {
  const log = new KeptLog()
  const trouble = new TroubleLog(log)
  trouble.warn('down', 'It is down.', {})
  vi.advanceTimersByTime(60_000)
  vi.setSystemTime(0)
  trouble.warn('down', 'It is down.', {})
  expect(log.warnings).toHaveLength(2)
})
