import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Behaviour, Received } from './testing/misbehaving-server.ts'
import { converse, expectWholeConversation, until, withServer } from './testing/with-server.ts'

const given = withServer()

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
      const client = given.newClient(behaviour.kind === 'silence' ? { requestTimeoutMs: 150 } : {})
      for (const path of [
        'get-by-name',
        'runs/create',
        '/v1/traces',
        'log-batch',
        'runs/update',
        'assessments',
      ]) {
        let times = behaviour.kind === 'silence' ? 1 : 2
        const before = given.server.behave
        given.server.behave = (request) =>
          request.path.includes(path) && times-- > 0 && !absorbs(request, behaviour)
            ? behaviour
            : before(request)
      }
      const ids = converse(client)
      await client.flush()
      expectWholeConversation(given.server, ids)
      expect(client.stats()).toMatchObject({ recorded: { spans: 4 }, delivered: { spans: 4, metrics: 3 } })
      expect(client.stats().retries).toBeGreaterThan(0)
    })
  }

  it('gets everything once it is asked as it understands, when it does not speak TLS', async () => {
    const client = given.newClient({
      trackingUri: given.server.uri.replace('http:', 'https:'),
      spillDirectory: given.directory,
    })
    const ids = converse(client)
    await expect.poll(() => client.stats().spilledOperations).toBeGreaterThan(0)
    expect(client.stats().serverReachable).toBe(false)
    expect(client.stats().lastError).toContain('SSL')
    await client.shutdown({ deadlineMs: 50 })
    const next = given.newClient({ spillDirectory: given.directory })
    await expect.poll(() => given.server.runs.size > 0 && next.stats().spillBytes === 0).toBe(true)
    expectWholeConversation(given.server, ids)
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
        given.server.forget()
        given.server.behave = firstGoWrong(...behaviours)
        const client = given.newClient({
          maxBackoffMs: 2,
          ...(onDisk ? { spillDirectory: given.directory } : {}),
        })
        const ids = converse(client)
        await client.flush()
        await until(() => client.stats().spillBytes === 0 && client.stats().delivered.spans === ids.length)
        await client.shutdown()
        expectWholeConversation(given.server, ids)
        expect(client.stats().dropped.refused).toEqual({ spans: 0, metrics: 0, other: 0 })
      }),
      { numRuns: 25 },
    )
  })

  it('is given the pause it asks for', async () => {
    const client = given.newClient()
    given.server.behave = firstGoWrong({ kind: 'status', status: 429, headers: { 'retry-after': '0.3' } })
    converse(client)
    await client.flush()
    const [first, second] = given.server.received
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(290)
  })

  it('gets what is refused in halves, until only what it refuses is set aside', async () => {
    const client = given.newClient({ spillDirectory: given.directory })
    const poison = (request: Received) => JSON.stringify(request.body, bigintsAsText).includes('poison')
    given.server.behave = (request) =>
      poison(request)
        ? { kind: 'status', status: 400, body: '{"error_code":"INVALID_PARAMETER_VALUE","message":"poison"}' }
        : { kind: 'answer' }
    const spans = Array.from({ length: 100 }, (_, index) =>
      client.startSpan({ name: 'span', attributes: { index, word: index === 61 ? 'poison' : 'good' } }),
    )
    for (const span of spans) span.end()
    await until(() => client.stats().delivered.spans === 99 && client.stats().dropped.refused.spans === 1)
    expect(given.server.spans.size).toBe(99)
    const kept = await readFile(join(given.directory, 'set-aside', 'refused.jsonl'), 'utf8')
    expect(JSON.parse(kept)).toMatchObject({ kind: 'spans', reason: expect.stringContaining('poison') })
  })

  it('sets aside what alone is answered 500, and keeps everything when everything is', async () => {
    const client = given.newClient({ maxBackoffMs: 4 })
    let allFail = true
    given.server.behave = (request) =>
      allFail || JSON.stringify(request.body, bigintsAsText).includes('poison')
        ? { kind: 'status', status: 500 }
        : { kind: 'answer' }
    const spans = ['good', 'poison', 'fine'].map((name) => client.startSpan({ name }))
    for (const span of spans) span.end()
    await until(() => client.stats().retries > 30)
    expect(client.stats().dropped.refused.spans).toBe(0)
    allFail = false
    await until(() => given.server.spans.size === 2 && client.stats().dropped.refused.spans === 1)
    expect([...given.server.spans.values()].map((span) => span.name).sort()).toEqual(['fine', 'good'])
  })

  it('may restart in the middle of a conversation', async () => {
    const client = given.newClient({ announceDelayMs: 4 })
    const run = client.startRun()
    const root = client.startSpan({ name: 'conversation', run })
    const ids = [root.spanId]
    for (let number = 0; number < 30; number++) {
      if (number === 10) await given.server.stop()
      if (number === 20) await given.server.start()
      const turn = client.startSpan({ name: 'turn', parent: root })
      ids.push(turn.spanId)
      run.logMetric('number', number, { step: number, timestampMs: 1 })
      await new Promise((resolve) => setTimeout(resolve, 5))
      turn.end()
    }
    root.end()
    run.end()
    await client.flush()
    expect([...given.server.spans.keys()].sort()).toEqual(ids.sort())
    for (const span of given.server.spans.values()) expect(span.endTimeUnixNano).not.toBeNull()
    const [[, kept] = []] = given.server.runs
    expect(kept).toMatchObject({ status: 'FINISHED' })
    expect(kept?.metrics.size).toBe(30)
  })
})

describe('a server whose database was replaced', () => {
  it('is given the experiment anew', async () => {
    const client = given.newClient({ experimentName: 'voice-bot' })
    client.startSpan({ name: 'before' }).end()
    await client.flush()
    const lost = given.server.experiments.get('voice-bot')
    given.server.experiments.clear()
    given.server.experiments.set('Default', '0').set('other', '1').set('another', '2')
    given.server.behave = ({ path, experimentId }) =>
      path === '/v1/traces' && experimentId === lost
        ? { kind: 'status', status: 404, body: '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"gone"}' }
        : { kind: 'answer' }
    client.startSpan({ name: 'after' }).end()
    await client.flush()
    expect([...given.server.spans.values()].map((span) => span.name)).toEqual(['before', 'after'])
    expect(given.server.experiments.has('voice-bot')).toBe(true)
  })
})

describe('the circuit', () => {
  it('opens while the server does not answer, and closes when it does', async () => {
    given.server.behave = () => ({ kind: 'status', status: 503 })
    const client = given.newClient({ maxBackoffMs: 200 })
    expect(client.stats().circuit).toBe('closed')
    for (let index = 0; index < 100; index++) client.startSpan({ name: 'span' }).end()
    await until(() => client.stats().circuit === 'open')
    given.server.behave = () => ({ kind: 'answer' })
    await until(() => client.stats().circuit === 'closed')
    expect(given.server.spans.size).toBe(100)
  })

  it('asks a server that is down once in a while, however much is recorded', async () => {
    given.server.behave = () => ({ kind: 'status', status: 503 })
    const client = given.newClient({ maxBackoffMs: 100_000, spillDirectory: given.directory })
    for (let index = 0; index < 300; index++) {
      client.startSpan({ name: 'span' }).end()
      if (index % 30 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(client.stats().requests).toBeLessThan(10)
  })
})

describe('shutdown', () => {
  it('delivers what was recorded, and may be asked for twice', async () => {
    const client = given.newClient({ batchDelayMs: 10_000 })
    const ids = converse(client)
    await Promise.all([client.shutdown(), client.shutdown()])
    expectWholeConversation(given.server, ids)
    client.startSpan({ name: 'late' }).end()
    expect(client.stats().dropped.shutdown.spans).toBe(1)
  })

  it('announces spans that were never ended', async () => {
    const client = given.newClient()
    const span = client.startSpan({ name: 'never ended' })
    await client.shutdown()
    expect(given.server.spans.get(span.spanId)?.endTimeUnixNano).toBeNull()
    expect(client.stats().openSpans).toBe(1)
  })

  it('keeps to its deadline and counts what it gives up', async () => {
    given.server.behave = () => ({ kind: 'silence' })
    const client = given.newClient({ requestTimeoutMs: 60_000 })
    converse(client)
    await client.shutdown({ deadlineMs: 100 })
    expect(client.stats().dropped.shutdown).toMatchObject({ spans: 4, metrics: 3 })
    await client.flush()
  })

  it('does not wait for the pause that a server asked for', async () => {
    given.server.behave = () => ({ kind: 'status', status: 503, headers: { 'retry-after': '60' } })
    const client = given.newClient({ spillDirectory: given.directory })
    converse(client)
    await until(() => client.stats().retries > 0)
    await client.shutdown({ deadlineMs: 100 })
    expect(client.stats().dropped.shutdown.spans).toBe(0)
  })
})

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
