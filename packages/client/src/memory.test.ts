import { describe, expect, it } from 'vitest'
import { KeptLog, withServer } from './testing/with-server.ts'

const given = withServer()

describe('memory', () => {
  it('is bounded, and what does not fit is counted', async () => {
    given.server.behave = () => ({ kind: 'status', status: 503 })
    const client = given.newClient({ maxQueueBytes: 500_000 })
    for (let index = 0; index < 2000; index++) client.startSpan({ name: 's', inputs: 'x'.repeat(1000) }).end()
    const { recorded, dropped, queueBytes } = client.stats()
    expect(recorded.spans).toBe(2000)
    expect(dropped.queue_full.spans).toBeGreaterThan(1000)
    expect(queueBytes).toBeLessThan(700_000)
    given.server.behave = () => ({ kind: 'answer' })
    await client.flush()
    expect(given.server.spans.size).toBe(2000 - client.stats().dropped.queue_full.spans)
  })

  it('is bounded for names, types, statuses and what is told of traces, too', async () => {
    given.server.behave = () => ({ kind: 'silence' })
    const client = given.newClient({ maxQueueBytes: 500_000 })
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
    const client = given.newClient({ maxQueueBytes: 500_000, announceDelayMs: 100_000, log })
    const spans = Array.from({ length: 2000 }, (_, index) =>
      client.startSpan({ name: `span ${index}`, parent: null, inputs: 'x'.repeat(1000) }),
    )
    spans[0]?.end()
    await client.flush()
    expect(given.server.spans.get(spans[0]?.spanId ?? '')?.endTimeUnixNano).not.toBeNull()
    expect(client.stats().openSpans).toBe(1999)
    await client.shutdown()
    expect(given.server.spans.size).toBeGreaterThan(100)
    expect(given.server.spans.size).toBeLessThan(500)
    expect(given.server.spans.has(spans.at(-1)?.spanId ?? '')).toBe(true)
    expect(log.warnings).toEqual([
      {
        message: expect.stringContaining('never ended'),
        spans: 1999,
        newest: expect.arrayContaining(['span 1999']),
      },
    ])
  })

  it('takes a burst of 50,000 spans and delivers or counts each of them', async () => {
    const client = given.newClient({ requestTimeoutMs: 10_000 })
    for (let index = 0; index < 50_000; index++) client.startSpan({ name: 'burst' }).end()
    await client.flush()
    const { delivered, dropped } = client.stats()
    expect(delivered.spans + dropped.queue_full.spans).toBe(50_000)
    expect(given.server.spans.size).toBe(delivered.spans)
  })
})
