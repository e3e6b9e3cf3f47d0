import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allPatterns, cardNumbers, emails, phoneNumbers, properties, secretKeys } from './entries/redact.ts'
import { createClient } from './index.ts'
import { MisbehavingServer } from './testing/misbehaving-server.ts'

const mask = (text: string) => allPatterns.reduce((kept, hook) => hook(kept, null), text)

describe('the ready patterns', () => {
  it.each([
    ['4111 1111 1111 1111', '[card number]'],
    ['card 5500-0000-0000-0004, thanks', 'card [card number], thanks'],
    ['378282246310005', '[card number]'],
    ['write to ada.l+x@mail.example.co.uk now', 'write to [email] now'],
    ['jürgen@müller.de', '[email]'],
    ['call +49 151 2345 6789', 'call [phone number]'],
    ['call (030) 901820-4711', 'call [phone number]'],
    ['+14155552671', '[phone number]'],
    ['415-555-2671', '[phone number]'],
    ['key sk-proj-abcdefghijklmnop1234', 'key [key]'],
    ['AKIAIOSFODNN7EXAMPLE', '[key]'],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', '[key]'],
    ['Authorization: Bearer abcdef123456', 'Authorization: Bearer [key]'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '[key]'],
  ])('mask %j', (text, masked) => {
    expect(mask(text)).toBe(masked)
  })

  it.each([
    '4111111111111112',
    '1790000000000000001',
    '2026-01-31 10:11:12',
    'version 1.2.3',
    'it took 12.5 ms of 1000',
    'order 12345',
    'user@localhost',
    'basic training',
    '192.168.10.11',
  ])('leave %j', (text) => {
    expect(mask(text)).toBe(text)
  })

  it('take any text in time that grows with its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => typeof mask(text) === 'string'),
    )
    for (const unit of ['a@', '1 ', '1-', 'a.', '+1', 'sk-', 'eyJ.', '(1)', 'a', '1']) {
      expect(typeof mask(unit.repeat(50_000))).toBe('string')
    }
  })

  it('are hooks, each by itself', () => {
    expect([cardNumbers, emails, phoneNumbers, secretKeys].map((hook) => hook('a@b.de', null))).toEqual([
      'a@b.de',
      '[email]',
      'a@b.de',
      'a@b.de',
    ])
    expect(properties('ssn')('anything', 'SSN')).toBe('[redacted]')
  })
})

describe('a client that masks', () => {
  let server: MisbehavingServer

  beforeEach(async () => {
    server = await new MisbehavingServer().start()
  })

  afterEach(() => server.stop())

  it('lets nothing masked out of the process, wherever it was put', async () => {
    const client = createClient({ trackingUri: server.uri, redact: allPatterns, announceDelayMs: 1 })
    const secret = 'ada@example.com'
    const run = client.startRun({ runName: secret, tags: { who: secret } })
    run.logParam('who', secret)
    run.logParam('settings', { password: 'opensesame', nested: { api_key: 'opensesame' } })
    run.setTag(secret, 'x')
    run.logMetric(secret, 1)
    const span = client.startSpan({
      name: `call ${secret}`,
      run,
      inputs: { deep: [{ text: `I am ${secret}` }], [secret]: 1, password: 777_000_777_000 },
      attributes: {
        who: secret,
        list: [secret],
        [secret]: true,
        'input.value': JSON.stringify({ password: 'opensesame' }),
      },
      spanType: secret,
      traceMetadata: { who: secret, [secret]: 'x' },
      traceTags: { who: secret, [secret]: 'x' },
      userId: secret,
    })
    span.addEvent({ name: secret, attributes: { who: secret } })
    span.addLink({ traceId: span.traceId, spanId: span.spanId, attributes: { who: secret } })
    span.recordException(new Error(secret))
    span.setStatus('ERROR', secret)
    span.updateTrace({ requestPreview: secret, clientRequestId: secret })
    span.end({ outputs: { text: secret, password: 'opensesame', tool: '{"password":"opensesame"}' } })
    const source = { type: 'HUMAN' as const, id: secret }
    client.logFeedback({ traceId: span.traceId, name: secret, value: secret, rationale: secret, source })
    client.logExpectation({
      traceId: span.traceId,
      name: 'y',
      value: { who: secret, password: 'opensesame' },
    })
    await client.flush()
    await client.shutdown()
    const sent = JSON.stringify(server.received, (_key, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    expect(sent).toContain('[email]')
    expect(sent).not.toContain(secret)
    expect(sent).not.toContain('777000777000')
    expect(sent).not.toContain('opensesame')
    expect(server.spans.size).toBe(1)
  })

  it('rather loses a text than lets it out when a hook fails', async () => {
    const client = createClient({
      trackingUri: server.uri,
      redact: (text) => {
        if (text.includes('secret')) throw new Error('broken hook')
        return text
      },
    })
    client.startSpan({ name: 'span', inputs: { text: 'secret' } }).end()
    await client.flush()
    await client.shutdown()
    const [span] = server.spans.values()
    expect(span?.attributes['mlflow.spanInputs']).toBe('{"text":"[redaction failed]"}')
    expect(client.stats().failures).toBeGreaterThan(0)
  })

  it('changes nothing of what the application holds', async () => {
    const client = createClient({ trackingUri: server.uri, redact: allPatterns })
    const span = client.startSpan({ name: 'span', inputs: { mail: 'a@b.de' } })
    span.end()
    await client.flush()
    await client.shutdown()
    expect(span.inputs).toEqual({ mail: 'a@b.de' })
  })
})
