import { describe, expect, it } from 'vitest'
import { outcomeOf, retryAfterMs } from './outcome.ts'

const now = Date.UTC(2026, 0, 1)

describe('outcomeOf', () => {
  const kindOf = (status: number, body = '') => outcomeOf({ status, statusText: '', headers: {}, body }).kind

  it('tells what is delivered, what to try again and what is refused', () => {
    for (const status of [200, 201, 204]) expect(kindOf(status)).toBe('delivered')
    for (const status of [301, 401, 403, 408, 425, 429, 500, 502, 503, 504])
      expect(kindOf(status)).toBe('retry')
    for (const status of [400, 409, 413, 415, 422, 501]) expect(kindOf(status)).toBe('refused')
  })

  it('takes a 404 for a refusal only when a tracking server gives it', () => {
    expect(kindOf(404, '<html>no such page</html>')).toBe('retry')
    expect(kindOf(404, '{"error_code":"RESOURCE_DOES_NOT_EXIST"}')).toBe('refused')
  })

  it('passes on what the server says', () => {
    const body = '{"error_code":"INVALID_PARAMETER_VALUE","message":"The key is too long."}'
    expect(outcomeOf({ status: 400, statusText: '', headers: {}, body })).toMatchObject({
      reason: 'HTTP 400: The key is too long.',
    })
  })
})

describe('retryAfterMs', () => {
  it('reads seconds and dates', () => {
    expect(retryAfterMs('2', now)).toBe(2000)
    expect(retryAfterMs(new Date(now + 5000).toUTCString(), now)).toBe(5000)
    expect(retryAfterMs(new Date(now - 5000).toUTCString(), now)).toBe(0)
  })

  it('waits a minute at most, and not at all for what it cannot read', () => {
    expect(retryAfterMs('86400', now)).toBe(60_000)
    for (const header of [undefined, '', 'soon']) expect(retryAfterMs(header, now)).toBeNull()
    expect(retryAfterMs('-3', now)).toBe(0)
  })
})
