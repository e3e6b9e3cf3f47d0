import { afterEach, beforeEach, expect, it } from 'vitest'
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
