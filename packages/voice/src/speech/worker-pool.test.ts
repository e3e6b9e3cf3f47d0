import { afterEach, describe, expect, it } from 'vitest'
import { WorkerCrashed, WorkerPool } from './worker-pool.ts'

interface Job {
  say: string
  waitMs?: number
  fail?: boolean
  crash?: boolean
}

const errors: string[] = []
const log = { debug() {}, info() {}, warn() {}, error: (message: string) => errors.push(message) }
let pool: WorkerPool<Job, string>

async function start(size = 1): Promise<void> {
  pool = await WorkerPool.start<Job, string>({
    name: 'echo',
    module: 'echo.test.worker',
    size,
    workerData: null,
    log,
  })
}

afterEach(async () => {
  await pool.close()
  errors.length = 0
})

describe('WorkerPool', () => {
  it('serves the owner that was served longest ago first', async () => {
    await start()
    const order: string[] = []
    const run = (owner: string, say: string) =>
      pool.run(owner, { say, waitMs: 5 }).then((said) => order.push(said))
    await Promise.all([run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1'), run('c', 'c1')])
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'a3'])
  })

  it('works on as many jobs at a time as it has workers', async () => {
    await start(2)
    const enough = new AbortController()
    expect(pool.isFree).toBe(true)
    const slow = pool.run('a', { say: 'slow', waitMs: 20_000 }, enough.signal)
    expect(pool.isFree).toBe(false)
    expect(await pool.run('b', { say: 'quick' })).toBe('quick')
    expect(pool.isFree).toBe(true)
    enough.abort(new Error('long enough'))
    await expect(slow).rejects.toThrow('long enough')
  })

  it('takes an aborted job out of the queue and stops one that runs', async () => {
    await start()
    const running = new AbortController()
    const waiting = new AbortController()
    const first = pool.run('a', { say: 'first', waitMs: 10_000 }, running.signal)
    const second = pool.run('a', { say: 'second' }, waiting.signal)
    const third = pool.run('a', { say: 'third' })
    waiting.abort(new Error('not wanted'))
    await expect(second).rejects.toThrow('not wanted')
    running.abort(new Error('too late'))
    await expect(first).rejects.toThrow('too late')
    await expect(third).resolves.toBe('third')
  })

  it('passes on what a job failed with, and goes on', async () => {
    await start()
    await expect(pool.run('a', { say: 'this', fail: true })).rejects.toThrow('cannot say this')
    await expect(pool.run('a', { say: 'that' })).resolves.toBe('that')
  })

  it('fails only the job at work when a worker ends, and starts the worker again', async () => {
    await start()
    const crash = pool.run('a', { say: '', crash: true })
    const next = pool.run('b', { say: 'still here' })
    await expect(crash).rejects.toBeInstanceOf(WorkerCrashed)
    await expect(next).resolves.toBe('still here')
    expect(errors).toEqual([
      expect.stringMatching(/echo worker ended unexpectedly.*starting it again in 200 ms/),
    ])
  })

  it('fails what waits when it is closed, and may be closed twice', async () => {
    await start()
    const busy = pool.run('a', { say: 'busy', waitMs: 10_000 })
    const waiting = pool.run('a', { say: 'waiting' })
    const failed = Promise.allSettled([busy, waiting])
    await Promise.all([pool.close(), pool.close()])
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(pool.run('a', { say: 'later' })).rejects.toThrow('closed')
  })
})
