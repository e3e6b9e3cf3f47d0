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

it('has many operations under way at once, and none before what it needs', async () => {
  let creating = 0
  let goOn = () => {}
  const manyAtOnce = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const client = createClient({ trackingUri: server.uri })
  client.startSpan({ name: 'first' }).end()
  await client.flush()
  server.behave = ({ path }) => {
    if (path !== '/api/2.0/mlflow/runs/create') return { kind: 'answer' }
    creating++
    if (creating === 12) goOn()
    return { kind: 'answer', when: manyAtOnce }
  }
  const requests = Array.from({ length: 12 }, (_, step) => {
    const run = client.startRun({ runName: `request ${step}` })
    client.startSpan({ name: 'request', run }).end()
    run.logMetric('step', step, { timestampMs: 1 })
    run.end()
    return client.flush()
  })
  await Promise.all(requests)
  const stored = [...server.runs.values()].map(({ status, metrics }) => [status, metrics.size])
  expect(stored).toEqual(requests.map(() => ['FINISHED', 1]))
  const sourceRuns = [...server.traces.values()].map(({ trace_metadata: metadata }) => metadata)
  expect(new Set(sourceRuns.map((metadata) => JSON.stringify(metadata))).size).toBe(12)
  expect(server.paths.filter((path) => path.endsWith('runs/search'))).toEqual([])
  expect(server.endedArrivals).toHaveLength(13)
})

it('finds out with one operation whether a server that failed is back', async () => {
  const client = createClient({ trackingUri: server.uri, maxBackoffMs: 20 })
  client.startSpan({ name: 'first' }).end()
  await client.flush()
  let failures = 0
  let meanwhile: number | null = null
  server.behave = () => {
    failures++
    if (failures <= 30) return { kind: 'status', status: 503 }
    if (failures > 31) return { kind: 'answer' }
    const before = server.received.length
    const longer = new Promise<void>((resolve) => {
      setTimeout(() => {
        meanwhile = server.received.length - before
        resolve()
      }, 150)
    })
    return { kind: 'answer', when: longer }
  }
  const flushes = Array.from({ length: 12 }, (_, step) => {
    client.startRun({ runName: `request ${step}` }).end()
    return client.flush()
  })
  await Promise.all(flushes)
  expect(meanwhile).toBe(0)
  expect(server.runs.size).toBe(12)
})

it('sends past what is not answered, but for what has to follow it', async () => {
  const client = createClient({ trackingUri: server.uri, requestTimeoutMs: 120_000 })
  client.startSpan({ name: 'first' }).end()
  await client.flush()
  let answer = () => {}
  const when = new Promise<void>((resolve) => {
    answer = resolve
  })
  server.behave = ({ path }) => (path.endsWith('runs/create') ? { kind: 'answer', when } : { kind: 'answer' })
  const run = client.startRun({ runName: 'without an answer' })
  const inRun = client.startSpan({ name: 'of the run', run })
  inRun.end()
  const flushes = [client.flush()]
  await expect.poll(() => server.paths.some((path) => path.endsWith('runs/create'))).toBe(true)
  for (const name of ['second', 'third']) {
    client.startSpan({ name }).end()
    flushes.push(client.flush())
    await expect
      .poll(() => [...server.spans.values()].map((span) => span.name), { timeout: 20_000 })
      .toContain(name)
  }
  expect(server.traces.get(inRun.traceId)).toBeUndefined()
  answer()
  await Promise.all(flushes)
  expect(server.traces.get(inRun.traceId)).toBeDefined()
  expect(client.stats()).toMatchObject({ delivered: { spans: 4 }, retries: 0 })
}, 60_000)

it('leaves to the next flush what one could not deliver in its time', async () => {
  server.behave = () => ({ kind: 'silence' })
  const client = createClient({ trackingUri: server.uri, batchDelayMs: 60_000, requestTimeoutMs: 120_000 })
  const run = client.startRun({ runName: 'edge' })
  for (const name of ['first', 'second']) client.startSpan({ name, run }).end()
  while (server.received.length === 0) await client.flush({ deadlineMs: 50 })
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
