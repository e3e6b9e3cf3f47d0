import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Operation } from '../operation.ts'
import { encodeRecord } from './segment.ts'
import { Spill } from './spill.ts'

const name = 'own-elsewhere-1-1-0123456789ab'
const feedback: Operation = { kind: 'feedback', traceId: 'tr-1', body: {} }
let directory: string
let theirs: string
let spill: Spill | null = null

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-owner-'))
  theirs = join(directory, name)
  await mkdir(theirs)
  const segment = '000000000000001-00000000-0.segment'
  await writeFile(join(theirs, segment), Buffer.concat(encodeRecord(feedback)))
})

afterEach(async () => {
  vi.useRealTimers()
  await spill?.close()
  await rm(directory, { recursive: true, force: true })
})

async function open(): Promise<{ spill: Spill; found: { times: number } }> {
  const found = { times: 0 }
  spill = new Spill({
    directory,
    maxBytes: 1_000_000,
    events: { spilled() {}, dropped() {}, damaged() {}, failed: (error) => expect.fail(String(error)) },
  })
  spill.whenFound(() => found.times++)
  await spill.ready()
  return { spill, found }
}

/** Touches their directory by a clock of theirs. */
async function touch(ms: number): Promise<void> {
  await utimes(theirs, ms / 1000, ms / 1000)
}

/** Has half a minute go by, and everything be done that is to be done then. */
async function halfAMinute(spill: Spill): Promise<void> {
  await vi.advanceTimersByTimeAsync(30_000)
  await spill.oldest()
}

describe('the directory of a process on another host', () => {
  it.each([
    { clock: 'years behind', startMs: 1000 },
    { clock: 'an hour behind', startMs: Date.now() - 3_600_000 },
    { clock: 'years ahead', startMs: Date.now() + 1e12 },
  ])('is left alone while that touches it, with a clock that is $clock', async ({ startMs }) => {
    await touch(startMs)
    const { spill, found } = await open()
    for (let times = 1; times <= 10; times++) {
      await touch(startMs + times * 30_000)
      await halfAMinute(spill)
    }
    expect(found.times).toBe(0)
    expect(await readdir(directory)).toEqual([name])
  })

  it('is taken over when it was not touched for a while, however new it says it is', async () => {
    await touch(Date.now() + 3_600_000)
    const { spill, found } = await open()
    for (let times = 1; times <= 2; times++) await halfAMinute(spill)
    expect(await readdir(directory)).toEqual([name])
    await halfAMinute(spill)
    await vi.waitFor(() => expect(found.times).toBe(1), 60_000)
    expect(await readdir(directory)).not.toContain(name)
    expect(await spill.oldest()).toMatchObject({ operations: [feedback] })
  })

  it('goes before what was written meanwhile', async () => {
    const { spill, found } = await open()
    const later: Operation = { ...feedback, traceId: 'tr-2' }
    expect(await spill.append([later], 1)).toBe(true)
    for (let times = 1; times <= 3; times++) await halfAMinute(spill)
    await vi.waitFor(() => expect(found.times).toBe(1), 60_000)
    const read = await spill.oldest()
    expect(read).toMatchObject({ operations: [feedback] })
    await read?.remove()
    expect(await spill.oldest()).toMatchObject({ operations: [later] })
  })
})
