import { readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { converse, expectWholeConversation, until, withServer } from '../testing/with-server.ts'

const given = withServer()

describe('a spill directory', () => {
  it('takes what cannot be delivered, in order, and gives it back when the server does', async () => {
    await given.server.stop()
    const client = given.newClient({ spillDirectory: given.directory })
    const ids = converse(client)
    await client.flush()
    expect(client.stats()).toMatchObject({ queueItems: 0, delivered: { spans: 0 } })
    expect(client.stats().spillBytes).toBeGreaterThan(0)
    await given.server.start()
    await until(() => client.stats().spillBytes === 0)
    expectWholeConversation(given.server, ids)
    expect(given.server.paths.indexOf('POST /api/2.0/mlflow/runs/create')).toBeLessThan(
      given.server.paths.indexOf('POST /api/2.0/mlflow/runs/log-batch'),
    )
  })

  it('is emptied by the next client when the server was never reached', async () => {
    await given.server.stop()
    const first = given.newClient({ spillDirectory: given.directory })
    const ids = converse(first)
    await first.shutdown({ deadlineMs: 100 })
    expect(first.stats().dropped.shutdown).toEqual({ spans: 0, metrics: 0, other: 0 })
    await given.server.start()
    const second = given.newClient({ spillDirectory: given.directory })
    await until(() => second.stats().delivered.spans === ids.length && second.stats().spillBytes === 0)
    expectWholeConversation(given.server, ids)
    await second.shutdown()
    expect(await readdir(given.directory)).toEqual([])
  })

  it('is shared by several clients without anything sent by two', async () => {
    await given.server.stop()
    const recorders = [1, 2, 3].map(() => given.newClient({ spillDirectory: given.directory }))
    for (const client of recorders) client.startSpan({ name: 'span' }).end()
    await Promise.all(recorders.map((client) => client.shutdown({ deadlineMs: 50 })))
    await given.server.start()
    const senders = [1, 2].map(() => given.newClient({ spillDirectory: given.directory }))
    await until(
      () => given.server.spans.size === 3 && senders.every((client) => client.stats().spillBytes === 0),
    )
    expect(given.server.endedArrivals.length).toBe(3)
  })

  it('is bounded; the oldest is dropped and counted', async () => {
    await given.server.stop()
    const client = given.newClient({ spillDirectory: given.directory, maxSpillBytes: 6_000_000 })
    const noise = () => Array.from({ length: 4 }, () => 'y'.repeat(50_000))
    for (let index = 0; index < 60; index++) {
      client.startSpan({ name: `${index}`, inputs: noise() }).end()
      if (index % 10 === 9) await client.flush()
    }
    const { dropped, spillBytes } = client.stats()
    expect(dropped.spill_full.spans).toBeGreaterThan(0)
    expect(spillBytes).toBeLessThanOrEqual(6_000_000)
    await given.server.start()
    await until(() => client.stats().spillBytes === 0)
    expect(given.server.spans.size).toBe(60 - client.stats().dropped.spill_full.spans)
    expect([...given.server.spans.values()].map((span) => span.name)).toContain('59')
  })

  it('counts what several earlier processes left once', async () => {
    await given.server.stop()
    const clients = [1, 2, 3].map(() => given.newClient({ spillDirectory: given.directory }))
    for (const client of clients) client.startSpan({ name: 'span' }).end()
    await Promise.all(clients.map((client) => client.shutdown({ deadlineMs: 20 })))
    const files = (await readdir(given.directory, { recursive: true })).filter((name) =>
      name.endsWith('.segment'),
    )
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(given.directory, name))).size))
    const next = given.newClient({ spillDirectory: given.directory })
    await until(() => next.stats().retries > 0)
    expect(next.stats().spillBytes).toBe(sizes.reduce((total, size) => total + size, 0))
  })

  it('that cannot be used leaves everything in memory', async () => {
    const client = given.newClient({ spillDirectory: '/proc/voxtrace' })
    await given.server.stop()
    const ids = converse(client)
    await until(() => client.stats().retries > 2)
    await given.server.start()
    await client.flush()
    expectWholeConversation(given.server, ids)
  })
})

describe('trouble with a spill directory', () => {
  it('of something that alone is answered 500 sets that aside, and delivers the rest', async () => {
    const client = given.newClient({ spillDirectory: given.directory, maxBackoffMs: 4 })
    given.server.behave = ({ path }) =>
      path.endsWith('/assessments') ? { kind: 'status', status: 500 } : { kind: 'answer' }
    client.logFeedback({ traceId: `tr-${'1'.repeat(32)}`, name: 'poison', value: 1 })
    await until(() => client.stats().retries > 0)
    for (let index = 0; index < 3; index++) {
      client.startSpan({ name: `${index}` }).end()
      await client.flush()
    }
    await until(() => client.stats().dropped.refused.other === 1)
    await until(() => client.stats().spillBytes === 0)
    expect(given.server.spans.size).toBe(3)
    await client.shutdown()
    expect(await readdir(given.directory)).toEqual(['set-aside'])
  })

  it('that cannot be used for a while takes what waits as soon as it can be', async () => {
    await given.server.stop()
    const inTheWay = join(given.directory, 'spill')
    await writeFile(inTheWay, '')
    const client = given.newClient({ spillDirectory: join(inTheWay, 'below') })
    const ids = converse(client)
    await until(() => client.stats().retries > 2)
    expect(client.stats().spillBytes).toBe(0)
    await rm(inTheWay)
    await until(() => client.stats().spillBytes > 0 && client.stats().queueItems === 0)
    await client.shutdown({ deadlineMs: 20 })
    expect(client.stats().dropped.shutdown).toEqual({ spans: 0, metrics: 0, other: 0 })
    await given.server.start()
    const next = given.newClient({ spillDirectory: join(inTheWay, 'below') })
    await until(() => next.stats().delivered.spans === ids.length && next.stats().spillBytes === 0)
    expectWholeConversation(given.server, ids)
  })

  it('that is full is emptied without making anything new in it: the first that is adopted becomes the own one', async () => {
    await given.server.stop()
    const clients = [1, 2, 3].map(() => given.newClient({ spillDirectory: given.directory }))
    for (const client of clients) client.startSpan({ name: 'span' }).end()
    await Promise.all(clients.map((client) => client.shutdown({ deadlineMs: 20 })))
    const left = await readdir(given.directory)
    expect(left).toHaveLength(3)
    const inodes = await Promise.all(left.map(async (name) => (await stat(join(given.directory, name))).ino))
    const next = given.newClient({ spillDirectory: given.directory })
    await until(() => next.stats().retries > 0)
    const [own = '', ...others] = await readdir(given.directory)
    expect(others).toEqual([])
    expect(inodes).toContain((await stat(join(given.directory, own))).ino)
    await given.server.start()
    await until(() => given.server.spans.size === 3 && next.stats().spillBytes === 0)
    expect(next.stats().damagedRecords).toBe(0)
    await next.shutdown()
    expect(await readdir(given.directory)).toEqual([])
  })

  it('that cannot be read in one place gives all the rest, and leaves that to the next', async () => {
    await given.server.stop()
    const client = given.newClient({ spillDirectory: given.directory })
    const ids = converse(client)
    await client.shutdown({ deadlineMs: 20 })
    const [left = ''] = await readdir(given.directory)
    const unreadable = '000000000000000-00000000-0.segment'
    await symlink(given.directory, join(given.directory, left, unreadable))
    await given.server.start()
    const next = given.newClient({ spillDirectory: given.directory })
    await until(() => next.stats().delivered.spans === ids.length && next.stats().spillBytes === 0)
    await next.shutdown()
    expectWholeConversation(given.server, ids)
    expect((await readdir(given.directory, { recursive: true })).map((name) => basename(name))).toContain(
      unreadable,
    )
  })

  it('whose clock steps back is not read in another order by the next', async () => {
    await given.server.stop()
    const client = given.newClient({ spillDirectory: given.directory })
    const run = client.startRun({ runName: 'call' })
    await client.flush()
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now - 3_600_000)
    await until(() => client.stats().retries > 1)
    run.logMetric('words', 1, { timestampMs: 1 })
    run.end()
    await client.flush()
    await client.shutdown({ deadlineMs: 20 })
    vi.restoreAllMocks()
    const own = (await readdir(given.directory, { recursive: true })).filter((name) =>
      name.endsWith('.segment'),
    )
    expect(own.length).toBeGreaterThan(1)
    await given.server.start()
    const next = given.newClient({ spillDirectory: given.directory })
    await until(() => next.stats().delivered.metrics === 1 && next.stats().spillBytes === 0)
    expect([...given.server.runs.values()]).toMatchObject([{ status: 'FINISHED' }])
    expect(next.stats().dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })
  })
})
