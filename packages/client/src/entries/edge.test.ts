import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { nodePlatform } from '../node-platform.ts'
import { providePlatform } from '../platform.ts'
import { MisbehavingServer } from '../testing/misbehaving-server.ts'
import { createClient } from './edge.ts'

let server: MisbehavingServer

beforeEach(async () => {
  server = await new MisbehavingServer().start()
})

afterEach(() => server.stop())

// Other files run in this process, and what they import may be there already.
afterAll(() => providePlatform(nodePlatform))

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

it('sends what several ask to flush side by side, each thing once and in order', async () => {
  const client = createClient({ trackingUri: server.uri })
  const runs = Array.from({ length: 8 }, (_, index) => client.startRun({ runName: `request ${index}` }))
  await Promise.all(
    runs.map(async (run, step) => {
      const span = client.startSpan({ name: 'request', run })
      await client.flush()
      run.logMetric('step', step, { timestampMs: 1 })
      span.end()
      run.end()
      await client.flush()
    }),
  )
  expect(server.endedArrivals).toHaveLength(8)
  const stored = [...server.runs.values()].map(({ status, metrics }) => [status, metrics.size])
  expect(stored).toEqual(runs.map(() => ['FINISHED', 1]))
  expect(client.stats()).toMatchObject({ queueItems: 0, delivered: { spans: 8, metrics: 8 } })
})

it('leaves to the next flush what one could not deliver in its time', async () => {
  server.behave = () => ({ kind: 'silence' })
  const client = createClient({ trackingUri: server.uri, batchDelayMs: 60_000 })
  const run = client.startRun({ runName: 'edge' })
  for (const name of ['first', 'second']) client.startSpan({ name, run }).end()
  await client.flush({ deadlineMs: 50 })
  expect(server.received).toHaveLength(1)
  server.behave = () => ({ kind: 'answer' })
  run.end()
  await client.flush()
  expect([...server.spans.values()].map(({ name }) => name)).toEqual(['first', 'second'])
  expect([...server.runs.values()]).toMatchObject([{ status: 'FINISHED' }])
  expect(client.stats()).toMatchObject({ retries: 0, delivered: { spans: 2 } })
})

it('takes a span that it refuses for refused, and delivers the rest', async () => {
  server.behave = ({ path, body }) =>
    path === '/v1/traces' &&
    JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? 0 : value)).includes('poison')
      ? { kind: 'status', status: 400, body: '{"error_code":"INVALID_PARAMETER_VALUE"}' }
      : { kind: 'answer' }
  const client = createClient({ trackingUri: server.uri })
  for (const name of ['good', 'poison', 'fine']) client.startSpan({ name }).end()
  await client.flush()
  expect([...server.spans.values()].map(({ name }) => name)).toEqual(['good', 'fine'])
  expect(client.stats()).toMatchObject({ delivered: { spans: 2 }, dropped: { refused: { spans: 1 } } })
})
