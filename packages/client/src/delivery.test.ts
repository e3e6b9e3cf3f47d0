import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@voxtrace/model'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient } from './index.ts'
import type { ClientOptions } from './options.ts'
import { type Behaviour, MisbehavingServer, type Received } from './testing/misbehaving-server.ts'

let server: MisbehavingServer
let directory: string
let clients: Client[]

beforeEach(async () => {
  server = await new MisbehavingServer().start()
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-client-'))
  clients = []
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.shutdown({ deadlineMs: 50 })))
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

function newClient(options: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    trackingUri: server.uri,
    batchDelayMs: 2,
    maxBackoffMs: 20,
    requestTimeoutMs: 150,
    ...options,
  })
  clients.push(client)
  return client
}

/** Keeps what it is warned of. */
class KeptLog implements Log {
  readonly warnings: Record<string, unknown>[] = []
  debug(): void {}
  info(): void {}
  error(): void {}
  warn(message: string, fields: Record<string, unknown> = {}): void {
    this.warnings.push({ message, ...fields })
  }
}

/** Records a small conversation and gives the ids of its spans. */
function converse(client: Client, turns = 3): string[] {
  const run = client.startRun({ runName: 'call' })
  const root = client.startSpan({ name: 'conversation', run })
  const ids = [root.spanId]
  for (let number = 1; number <= turns; number++) {
    const turn = client.startSpan({ name: 'turn', parent: root, inputs: { number } })
    ids.push(turn.spanId)
    turn.end({ outputs: `answer ${number}` })
    run.logMetric('turn.voice_to_voice_ms', number * 100, { step: number, timestampMs: number })
  }
  root.end()
  run.end()
  client.logFeedback({ traceId: root.traceId, name: 'judge.tone', value: 5 })
  return ids
}

function expectWholeConversation(ids: readonly string[], turns = 3): void {
  expect([...server.spans.keys()].sort()).toEqual([...ids].sort())
  for (const span of server.spans.values()) expect(span.endTimeUnixNano).not.toBeNull()
  expect(server.runs.size).toBe(1)
  const [[runId, run] = []] = server.runs
  expect(run?.status).toBe('FINISHED')
  expect(run?.metrics.size).toBe(turns)
  expect(server.assessments.size).toBe(1)
  expect(server.traces.size).toBe(1)
  const [trace] = server.traces.values()
  expect(trace).toMatchObject({ state: 'OK', trace_metadata: { 'mlflow.sourceRun': runId } })
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 8000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not come to pass within 8 s.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The first requests go wrong as given, the later ones are answered. */
function firstGoWrong(...behaviours: Behaviour[]): (request: Received) => Behaviour {
  return () => behaviours.shift() ?? { kind: 'answer' }
}

describe('a server in trouble', () => {
  const troubles: Record<string, Behaviour> = {
    'resets the connection before it answers': { kind: 'reset before' },
    'carries the request out and resets the connection in the middle of the answer': { kind: 'reset after' },
    'answers 429': { kind: 'status', status: 429, headers: { 'retry-after': '0.01' } },
    'answers 500': { kind: 'status', status: 500, body: '{"error_code":"INTERNAL_ERROR"}' },
    'answers 503': { kind: 'status', status: 503, body: 'upstream down' },
    'answers 404 in a way that no tracking server does': { kind: 'status', status: 404, body: '<html>' },
    'answers 200 with something else': { kind: 'status', status: 200, body: '<html>welcome' },
    'answers what is not HTTP': { kind: 'garbage' },
    'never answers': { kind: 'silence' },
  }
  for (const [name, behaviour] of Object.entries(troubles)) {
    it(`gets everything once it recovers, each thing once, when it ${name}`, async () => {
      const client = newClient()
      for (const path of [
        'get-by-name',
        'runs/create',
        '/v1/traces',
        'log-batch',
        'runs/update',
        'assessments',
      ]) {
        let times = behaviour.kind === 'silence' ? 1 : 2
        const before = server.behave
        server.behave = (request) =>
          request.path.includes(path) && times-- > 0 && !absorbs(request, behaviour)
            ? behaviour
            : before(request)
      }
      const ids = converse(client)
      await client.flush()
      expectWholeConversation(ids)
      expect(client.stats()).toMatchObject({ recorded: { spans: 4 }, delivered: { spans: 4, metrics: 3 } })
      expect(client.stats().retries).toBeGreaterThan(0)
    })
  }

  it('gets everything once it is asked as it understands, when it does not speak TLS', async () => {
    const client = newClient({
      trackingUri: server.uri.replace('http:', 'https:'),
      spillDirectory: directory,
    })
    const ids = converse(client)
    await expect.poll(() => client.stats().spilledOperations).toBeGreaterThan(0)
    expect(client.stats().serverReachable).toBe(false)
    expect(client.stats().lastError).toContain('SSL')
    await client.shutdown({ deadlineMs: 50 })
    const next = newClient({ spillDirectory: directory })
    await expect.poll(() => server.runs.size > 0 && next.stats().spillBytes === 0).toBe(true)
    expectWholeConversation(ids)
  })

  /** A plain 200 is a good answer to a request whose answer says nothing. */
  function absorbs(request: Received, behaviour: Behaviour): boolean {
    const saysNothing = !/get-by-name|runs\/create/.test(request.path)
    return behaviour.kind === 'status' && behaviour.status === 200 && saysNothing
  }

  it('gets each thing once, whatever goes wrong in whatever order', async () => {
    const behaviour = fc.constantFrom<Behaviour>(
      { kind: 'answer' },
      { kind: 'answer' },
      { kind: 'reset before' },
      { kind: 'reset after' },
      { kind: 'garbage' },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(behaviour, { maxLength: 25 }), fc.boolean(), async (behaviours, onDisk) => {
        server.forget()
        server.behave = firstGoWrong(...behaviours)
        const client = newClient({ maxBackoffMs: 2, ...(onDisk ? { spillDirectory: directory } : {}) })
        const ids = converse(client)
        await client.flush()
        await until(() => client.stats().spillBytes === 0 && client.stats().delivered.spans === ids.length)
        await client.shutdown()
        expectWholeConversation(ids)
        expect(client.stats().dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })
      }),
      { numRuns: 25 },
    )
  })

  it('is given the pause it asks for', async () => {
    const client = newClient()
    server.behave = firstGoWrong({ kind: 'status', status: 429, headers: { 'retry-after': '0.3' } })
    converse(client)
    await client.flush()
    const [first, second] = server.received
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(290)
  })

  it('gets what is refused in halves, until only what it refuses is set aside', async () => {
    const client = newClient({ spillDirectory: directory })
    const poison = (request: Received) => JSON.stringify(request.body, bigintsAsText).includes('poison')
    server.behave = (request) =>
      poison(request)
        ? { kind: 'status', status: 400, body: '{"error_code":"INVALID_PARAMETER_VALUE","message":"poison"}' }
        : { kind: 'answer' }
    const spans = Array.from({ length: 100 }, (_, index) =>
      client.startSpan({ name: 'span', attributes: { index, word: index === 61 ? 'poison' : 'good' } }),
    )
    for (const span of spans) span.end()
    await until(() => client.stats().delivered.spans === 99 && client.stats().dropped.refused.spans === 1)
    expect(server.spans.size).toBe(99)
    const kept = await readFile(join(directory, 'set-aside', 'refused.jsonl'), 'utf8')
    expect(JSON.parse(kept)).toMatchObject({ kind: 'spans', reason: expect.stringContaining('poison') })
  })

  it('sets aside what alone is answered 500, and keeps everything when everything is', async () => {
    const client = newClient({ maxBackoffMs: 4 })
    let allFail = true
    server.behave = (request) =>
      allFail || JSON.stringify(request.body, bigintsAsText).includes('poison')
        ? { kind: 'status', status: 500 }
        : { kind: 'answer' }
    const spans = ['good', 'poison', 'fine'].map((name) => client.startSpan({ name }))
    for (const span of spans) span.end()
    await until(() => client.stats().retries > 30)
    expect(client.stats().dropped.refused.spans).toBe(0)
    allFail = false
    await until(() => server.spans.size === 2 && client.stats().dropped.refused.spans === 1)
    expect([...server.spans.values()].map((span) => span.name).sort()).toEqual(['fine', 'good'])
  })

  it('may restart in the middle of a conversation', async () => {
    const client = newClient({ announceDelayMs: 4 })
    const run = client.startRun()
    const root = client.startSpan({ name: 'conversation', run })
    const ids = [root.spanId]
    for (let number = 0; number < 30; number++) {
      if (number === 10) await server.stop()
      if (number === 20) await server.start()
      const turn = client.startSpan({ name: 'turn', parent: root })
      ids.push(turn.spanId)
      run.logMetric('number', number, { step: number, timestampMs: 1 })
      await new Promise((resolve) => setTimeout(resolve, 5))
      turn.end()
    }
    root.end()
    run.end()
    await client.flush()
    expect([...server.spans.keys()].sort()).toEqual(ids.sort())
    for (const span of server.spans.values()) expect(span.endTimeUnixNano).not.toBeNull()
    const [[, kept] = []] = server.runs
    expect(kept).toMatchObject({ status: 'FINISHED' })
    expect(kept?.metrics.size).toBe(30)
  })
})

describe('a server whose database was replaced', () => {
  it('is given the experiment anew', async () => {
    const client = newClient({ experimentName: 'voice-bot' })
    client.startSpan({ name: 'before' }).end()
    await client.flush()
    const lost = server.experiments.get('voice-bot')
    server.experiments.clear()
    server.experiments.set('Default', '0').set('other', '1').set('another', '2')
    server.behave = ({ path, experimentId }) =>
      path === '/v1/traces' && experimentId === lost
        ? { kind: 'status', status: 404, body: '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"gone"}' }
        : { kind: 'answer' }
    client.startSpan({ name: 'after' }).end()
    await client.flush()
    expect([...server.spans.values()].map((span) => span.name)).toEqual(['before', 'after'])
    expect(server.experiments.has('voice-bot')).toBe(true)
  })
})

describe('memory', () => {
  it('is bounded, and what does not fit is counted', async () => {
    server.behave = () => ({ kind: 'status', status: 503 })
    const client = newClient({ maxQueueBytes: 500_000 })
    for (let index = 0; index < 2000; index++) client.startSpan({ name: 's', inputs: 'x'.repeat(1000) }).end()
    const { recorded, dropped, queueBytes } = client.stats()
    expect(recorded.spans).toBe(2000)
    expect(dropped.queue_full.spans).toBeGreaterThan(1000)
    expect(queueBytes).toBeLessThan(700_000)
    server.behave = () => ({ kind: 'answer' })
    await client.flush()
    expect(server.spans.size).toBe(2000 - client.stats().dropped.queue_full.spans)
  })

  it('is bounded for names, types, statuses and what is told of traces, too', async () => {
    server.behave = () => ({ kind: 'silence' })
    const client = newClient({ maxQueueBytes: 500_000 })
    const long = 'x'.repeat(100_000)
    for (let index = 0; index < 200; index++) {
      const span = client.startSpan({ name: long, spanType: long, traceTags: { long, more: long } })
      span.updateTrace({ metadata: { long } })
      span.setStatus('ERROR', long)
      span.end()
    }
    const { dropped, queueItems } = client.stats()
    expect(dropped.queue_full.spans).toBeGreaterThan(190)
    expect(dropped.queue_full.other).toBeGreaterThan(190)
    expect(queueItems).toBeLessThan(10)
  })

  it('is not filled by spans that nobody ends: the oldest are let go, and recorded when they end after all', async () => {
    const log = new KeptLog()
    const client = newClient({ maxQueueBytes: 500_000, announceDelayMs: 100_000, log })
    const spans = Array.from({ length: 2000 }, (_, index) =>
      client.startSpan({ name: `span ${index}`, parent: null, inputs: 'x'.repeat(1000) }),
    )
    spans[0]?.end()
    await client.flush()
    expect(server.spans.get(spans[0]?.spanId ?? '')?.endTimeUnixNano).not.toBeNull()
    expect(client.stats().openSpans).toBe(1999)
    await client.shutdown()
    expect(server.spans.size).toBeGreaterThan(100)
    expect(server.spans.size).toBeLessThan(500)
    expect(server.spans.has(spans.at(-1)?.spanId ?? '')).toBe(true)
    expect(log.warnings).toEqual([
      {
        message: expect.stringContaining('never ended'),
        spans: 1999,
        newest: expect.arrayContaining(['span 1999']),
      },
    ])
  })

  it('takes a burst of 50,000 spans and delivers or counts each of them', async () => {
    const client = newClient({ requestTimeoutMs: 10_000 })
    for (let index = 0; index < 50_000; index++) client.startSpan({ name: 'burst' }).end()
    await client.flush()
    const { delivered, dropped } = client.stats()
    expect(delivered.spans + dropped.queue_full.spans).toBe(50_000)
    expect(server.spans.size).toBe(delivered.spans)
  })
})

describe('a spill directory', () => {
  it('takes what cannot be delivered, in order, and gives it back when the server does', async () => {
    await server.stop()
    const client = newClient({ spillDirectory: directory })
    const ids = converse(client)
    await client.flush()
    expect(client.stats()).toMatchObject({ queueItems: 0, delivered: { spans: 0 } })
    expect(client.stats().spillBytes).toBeGreaterThan(0)
    await server.start()
    await until(() => client.stats().spillBytes === 0)
    expectWholeConversation(ids)
    expect(server.paths.indexOf('POST /api/2.0/mlflow/runs/create')).toBeLessThan(
      server.paths.indexOf('POST /api/2.0/mlflow/runs/log-batch'),
    )
  })

  it('is emptied by the next client when the server was never reached', async () => {
    await server.stop()
    const first = newClient({ spillDirectory: directory })
    const ids = converse(first)
    await first.shutdown({ deadlineMs: 100 })
    expect(first.stats().dropped.shutdown).toEqual({ spans: 0, metrics: 0, other: 0 })
    await server.start()
    const second = newClient({ spillDirectory: directory })
    await until(() => second.stats().delivered.spans === ids.length && second.stats().spillBytes === 0)
    expectWholeConversation(ids)
    await second.shutdown()
    expect(await readdir(directory)).toEqual([])
  })

  it('is shared by several clients without anything sent by two', async () => {
    await server.stop()
    const recorders = [1, 2, 3].map(() => newClient({ spillDirectory: directory }))
    for (const client of recorders) client.startSpan({ name: 'span' }).end()
    await Promise.all(recorders.map((client) => client.shutdown({ deadlineMs: 50 })))
    await server.start()
    const senders = [1, 2].map(() => newClient({ spillDirectory: directory }))
    await until(() => server.spans.size === 3 && senders.every((client) => client.stats().spillBytes === 0))
    expect(server.endedArrivals.length).toBe(3)
  })

  it('is bounded; the oldest is dropped and counted', async () => {
    await server.stop()
    const client = newClient({ spillDirectory: directory, maxSpillBytes: 6_000_000 })
    const noise = () => Array.from({ length: 4 }, () => 'y'.repeat(50_000))
    for (let index = 0; index < 60; index++) {
      client.startSpan({ name: `${index}`, inputs: noise() }).end()
      if (index % 10 === 9) await client.flush()
    }
    const { dropped, spillBytes } = client.stats()
    expect(dropped.spill_full.spans).toBeGreaterThan(0)
    expect(spillBytes).toBeLessThanOrEqual(6_000_000)
    await server.start()
    await until(() => client.stats().spillBytes === 0)
    expect(server.spans.size).toBe(60 - client.stats().dropped.spill_full.spans)
    expect([...server.spans.values()].map((span) => span.name)).toContain('59')
  })

  it('that cannot be used leaves everything in memory', async () => {
    const client = newClient({ spillDirectory: '/proc/voxtrace' })
    await server.stop()
    const ids = converse(client)
    await until(() => client.stats().retries > 2)
    await server.start()
    await client.flush()
    expectWholeConversation(ids)
  })
})

describe('a journal', () => {
  it('delivers everything, in few requests, and leaves the disk empty', async () => {
    const client = newClient({ spillDirectory: directory, journal: true })
    const ids = converse(client)
    await client.flush()
    expectWholeConversation(ids)
    expect(client.stats()).toMatchObject({
      spillBytes: 0,
      queueItems: 0,
      delivered: { spans: 4, metrics: 3 },
    })
    expect(client.stats().spilledOperations).toBeGreaterThan(0)
    const before = server.received.length
    for (let index = 0; index < 200; index++) {
      client.startSpan({ name: 'span' }).end()
      if (index % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await client.flush()
    expect(server.spans.size).toBe(204)
    expect(server.received.length - before).toBeLessThan(60)
  })

  it('is on disk before it is sent', async () => {
    server.behave = () => ({ kind: 'silence' })
    const client = newClient({ spillDirectory: directory, journal: true, batchDelayMs: 60_000 })
    const ids = converse(client)
    await until(() => client.stats().queueItems === 0 && client.stats().spillBytes > 0)
    expect(server.received).toEqual([])
    server.behave = () => ({ kind: 'answer' })
    await client.shutdown()
    expectWholeConversation(ids)
  })

  it('goes on in memory when the disk refuses it', async () => {
    const client = newClient({ spillDirectory: '/proc/voxtrace', journal: true })
    const ids = converse(client)
    await client.flush()
    expectWholeConversation(ids)
  })

  it('needs a directory', () => {
    expect(() => createClient({ trackingUri: server.uri, journal: true })).toThrow('spillDirectory')
  })
})

describe('the circuit', () => {
  it('opens while the server does not answer, and closes when it does', async () => {
    server.behave = () => ({ kind: 'status', status: 503 })
    const client = newClient({ maxBackoffMs: 200 })
    expect(client.stats().circuit).toBe('closed')
    for (let index = 0; index < 100; index++) client.startSpan({ name: 'span' }).end()
    await until(() => client.stats().circuit === 'open')
    server.behave = () => ({ kind: 'answer' })
    await until(() => client.stats().circuit === 'closed')
    expect(server.spans.size).toBe(100)
  })

  it('asks a server that is down once in a while, however much is recorded', async () => {
    server.behave = () => ({ kind: 'status', status: 503 })
    const client = newClient({ maxBackoffMs: 100_000, spillDirectory: directory })
    for (let index = 0; index < 300; index++) {
      client.startSpan({ name: 'span' }).end()
      if (index % 30 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(client.stats().requests).toBeLessThan(10)
  })
})

describe('shutdown', () => {
  it('delivers what was recorded, and may be asked for twice', async () => {
    const client = newClient({ batchDelayMs: 10_000 })
    const ids = converse(client)
    await Promise.all([client.shutdown(), client.shutdown()])
    expectWholeConversation(ids)
    client.startSpan({ name: 'late' }).end()
    expect(client.stats().dropped.shutdown.spans).toBe(1)
  })

  it('announces spans that were never ended', async () => {
    const client = newClient()
    const span = client.startSpan({ name: 'never ended' })
    await client.shutdown()
    expect(server.spans.get(span.spanId)?.endTimeUnixNano).toBeNull()
    expect(client.stats().openSpans).toBe(1)
  })

  it('keeps to its deadline and counts what it gives up', async () => {
    server.behave = () => ({ kind: 'silence' })
    const client = newClient({ requestTimeoutMs: 60_000 })
    converse(client)
    const started = Date.now()
    await client.shutdown({ deadlineMs: 100 })
    expect(Date.now() - started).toBeLessThan(5000)
    expect(client.stats().dropped.shutdown).toMatchObject({ spans: 4, metrics: 3 })
    await client.flush()
  })

  it('does not wait for the pause that a server asked for', async () => {
    server.behave = () => ({ kind: 'status', status: 503, headers: { 'retry-after': '60' } })
    const client = newClient({ spillDirectory: directory })
    converse(client)
    await until(() => client.stats().retries > 0)
    const started = Date.now()
    await client.shutdown({ deadlineMs: 100 })
    expect(Date.now() - started).toBeLessThan(5000)
    expect(client.stats().dropped.shutdown.spans).toBe(0)
  })
})

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
