import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient, type SamplingOptions } from './index.ts'
import { samplerOf } from './sampling.ts'
import { MisbehavingServer } from './testing/misbehaving-server.ts'

describe('the decision', () => {
  const ids = Array.from({ length: 4000 }, (_, index) =>
    ((BigInt(index + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n) % (1n << 128n)).toString(16).padStart(32, '0'),
  )
  const kept = (sampling: SamplingOptions, name = 'root') => {
    const sampler = samplerOf(sampling)
    return ids.filter((id) => sampler?.(id, { name }))
  }

  it('keeps the share it is told, and the same traces in every process', () => {
    for (const rate of [0, 0.1, 0.5, 1]) {
      expect(kept({ rate }).length / ids.length).toBeCloseTo(rate, 1)
      expect(kept({ rate })).toEqual(kept({ rate }))
    }
    expect(kept({ rate: 0.5 })).toEqual(expect.arrayContaining(kept({ rate: 0.1 })))
  })

  it('is made by the first rule that fits', () => {
    const rules = [
      { name: /^health/, rate: 0 },
      { name: 'call', rate: 1 },
    ]
    expect(kept({ rate: 0.5, rules }, 'health check')).toEqual([])
    expect(kept({ rate: 0, rules }, 'call')).toHaveLength(ids.length)
    expect(kept({ rate: 0, rules }, 'other')).toEqual([])
    const ofAnotherRealm = [{ name: runInNewContext('/^health/'), rate: 1 }]
    expect(kept({ rate: 0, rules: ofAnotherRealm }, 'other')).toEqual([])
    expect(kept({ rate: 0, rules: ofAnotherRealm }, 'health check')).toHaveLength(ids.length)
  })

  it('can tell by the type and the attributes of the first span', () => {
    const sampler = samplerOf({
      rate: 0,
      rules: [{ spanType: 'AGENT', attributes: { tier: 'paid' }, rate: 1 }],
    })
    const [id = ''] = ids
    expect(sampler?.(id, { name: 'a', spanType: 'AGENT', attributes: { tier: 'paid' } })).toBe(true)
    expect(sampler?.(id, { name: 'a', spanType: 'AGENT', attributes: { tier: 'free' } })).toBe(false)
    expect(sampler?.(id, { name: 'a', spanType: 'AGENT' })).toBe(false)
  })

  it('bounds the traces of a second', () => {
    expect(kept({ maxTracesPerSecond: 10 }).length).toBeLessThan(ids.length / 10)
    expect(kept({ maxTracesPerSecond: 10 }).length).toBeGreaterThanOrEqual(10)
  })
})

describe('a client that samples', () => {
  let server: MisbehavingServer
  let client: Client

  beforeEach(async () => {
    server = await new MisbehavingServer().start()
    client = createClient({ trackingUri: server.uri, sampling: { rules: [{ name: 'noise', rate: 0 }] } })
  })

  afterEach(async () => {
    await client.shutdown()
    await server.stop()
  })

  it('records nothing of a trace it leaves out, and counts it', async () => {
    client.withSpan(
      (root) => {
        expect(root.isRecording).toBe(false)
        expect(root.traceparent).toMatch(/-00$/)
        root.setInputs('secret')
        client.withSpan(() => client.startSpan({ name: 'below' }).end(), { name: 'inner' })
        client.updateCurrentTrace({ tags: { a: 'b' } })
      },
      { name: 'noise' },
    )
    client.startSpan({ name: 'signal' }).end()
    await client.flush()
    expect([...server.spans.values()].map((span) => span.name)).toEqual(['signal'])
    expect(client.stats()).toMatchObject({ leftOutTraces: 1, recorded: { spans: 1 }, openSpans: 0 })
  })

  it('does what the process that began a trace decided', async () => {
    const header = (flags: string) => `00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flags}`
    client.startSpan({ name: 'noise', traceparent: header('01') }).end()
    client.startSpan({ name: 'signal', traceparent: header('00') }).end()
    await client.flush()
    expect([...server.spans.values()]).toMatchObject([{ name: 'noise', parentSpanId: 'b'.repeat(16) }])
  })
})
