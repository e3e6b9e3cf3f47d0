import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient } from './index.ts'
import { MisbehavingServer } from './testing/misbehaving-server.ts'

let server: MisbehavingServer
let client: Client

beforeEach(async () => {
  server = await new MisbehavingServer().start()
  client = createClient({ trackingUri: server.uri, batchDelayMs: 5 })
})

afterEach(async () => {
  await client.shutdown({ deadlineMs: 100 })
  await server.stop()
})

const namesStored = () => [...server.spans.values()].map(({ name }) => name).sort()

describe('a tracing context', () => {
  it('says whose the traces are that begin in it, also after an await and within another', async () => {
    const within = { sessionId: 's-1', user: 'ada', tags: { tier: 'gold' }, metadata: { release: '2' } }
    const traceId = await client.tracingContext(within, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return client.tracingContext({ sessionId: 's-2', tags: { team: 'voice' } }, () => {
        const span = client.startSpan({ name: 'call', traceMetadata: { release: '3' } })
        span.end()
        return span.traceId
      })
    })
    const outside = client.startSpan({ name: 'outside' })
    outside.end()
    await client.flush()
    expect(server.traces.get(traceId)).toMatchObject({
      trace_metadata: { 'mlflow.trace.session': 's-2', 'mlflow.trace.user': 'ada', release: '3' },
      tags: { tier: 'gold', team: 'voice' },
    })
    // Nothing is said of it, so that nothing but its spans is sent.
    expect(server.traces.has(outside.traceId)).toBe(false)
  })

  it('records nothing where it is not enabled, whatever is around, and goes on where it is again', async () => {
    client.withSpan(
      (around) => {
        client.tracingContext({ enabled: false }, () => {
          client.withSpan(
            () => client.tracingContext({ enabled: true }, () => client.startSpan({ name: 'again' }).end()),
            { name: 'off' },
          )
          client.startSpan({ name: 'off too', parent: around }).end()
        })
      },
      { name: 'around' },
    )
    await client.flush()
    expect(namesStored()).toEqual(['around'])
  })

  it('runs the function, and tells of it, when what it is given cannot be read', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
      },
    )
    expect(client.tracingContext(hostile, () => 1)).toBe(1)
    expect(client.stats().failures).toBe(1)
  })
})

it('a span takes its level and its links with its beginning', async () => {
  const link = { traceId: `tr-${'a'.repeat(32)}`, spanId: 'b'.repeat(16) }
  client
    .startSpan({ name: 'linked', logLevel: 'WARNING', links: [link, { traceId: 'none', spanId: '' }] })
    .end()
  await client.flush()
  expect([...server.spans.values()]).toMatchObject([
    {
      attributes: { 'mlflow.spanLogLevel': '30' },
      links: [{ traceId: 'a'.repeat(32), spanId: link.spanId }],
    },
  ])
  expect(client.stats().failures).toBe(1)
})
