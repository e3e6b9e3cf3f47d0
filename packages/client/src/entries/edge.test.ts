import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MisbehavingServer } from '../testing/misbehaving-server.ts'
import { createClient } from './edge.ts'

let server: MisbehavingServer

beforeEach(async () => {
  server = await new MisbehavingServer().start()
})

afterEach(() => server.stop())

it('delivers over fetch, compressed too, through trouble, and nests without AsyncLocalStorage', async () => {
  let failures = 2
  server.behave = () => (failures-- > 0 ? { kind: 'reset before' } : { kind: 'answer' })
  const client = createClient({ trackingUri: server.uri, compression: 'gzip', maxBackoffMs: 10 })
  const run = client.startRun({ runName: 'edge' })
  client.withSpan((outer) => client.withSpan((inner) => expect(inner.parentId).toBe(outer.spanId)), {
    name: 'outer',
    run,
  })
  run.end()
  await client.flush()
  expect(server.spans.size).toBe(2)
  expect([...server.runs.values()]).toMatchObject([{ status: 'FINISHED' }])
  await client.flush()
  await client.shutdown()
})

it('gives up a request in time, and says that it has no disk', async () => {
  server.behave = () => ({ kind: 'silence' })
  const client = createClient({ trackingUri: server.uri, requestTimeoutMs: 30, maxBackoffMs: 10 })
  client.startSpan({ name: 'span' }).end()
  await expect.poll(() => client.stats().retries).toBeGreaterThan(1)
  await client.shutdown({ deadlineMs: 10 })
  expect(client.stats().dropped.shutdown.spans).toBe(1)
  expect(() => createClient({ trackingUri: server.uri, journal: true, spillDirectory: '/tmp/x' })).toThrow(
    'disk',
  )
})

describe('where a request may use nothing that another made', () => {
  async function newClient(maxQueueBytes = 1_000_000) {
    vi.resetModules()
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const edge = await import('./edge.ts')
    return edge.createClient({ trackingUri: server.uri, maxBackoffMs: 10, maxQueueBytes })
  }

  const fail = () => ({ kind: 'status' as const, status: 503 })

  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('sends when it is flushed, and leaves to the next flush what one could not deliver', async () => {
    const client = await newClient()
    server.behave = fail
    const run = client.startRun({ runName: 'edge' })
    const spans = [client.startSpan({ name: 'first', run }), client.startSpan({ name: 'second' })]
    for (const span of spans) span.end()
    await client.flush({ deadlineMs: 30 })
    expect(server.spans.size).toBe(0)
    server.behave = () => ({ kind: 'answer' })
    run.end()
    await Promise.all([client.flush(), client.flush()])
    expect([...server.spans.keys()].sort()).toEqual(spans.map(({ spanId }) => spanId).sort())
    expect([...server.runs.values()]).toMatchObject([{ status: 'FINISHED' }])
    expect(client.stats()).toMatchObject({ recorded: { spans: 2 }, delivered: { spans: 2 } })
  })

  it('is bounded, and counts what it gives up', async () => {
    const client = await newClient(5000)
    server.behave = fail
    for (let index = 0; index < 10; index++) {
      client.startSpan({ name: 'span', inputs: 'x'.repeat(1000) }).end()
      await client.flush({ deadlineMs: 15 })
    }
    const { dropped } = client.stats()
    expect(dropped.queue_full.spans).toBeGreaterThan(4)
    await client.shutdown({ deadlineMs: 15 })
    expect(client.stats().dropped.queue_full.spans + client.stats().dropped.shutdown.spans).toBe(10)
  })
})
