import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTraceparent, writeTraceparent } from './traceparent.ts'

const hex = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((digits) => /[^0]/.test(digits))

describe('traceparent', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
        const read = readTraceparent(writeTraceparent(traceId, spanId, sampled))
        expect(read).toEqual({ traceId, spanId, origin: 'remote', sampled })
      }),
    )
  })

  it('names a span by ids that are whole, or none, whatever the header is', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEFg'), maxLength: 34 })
    const almost = fc.tuple(digits, digits, digits, digits).map((parts) => parts.join('-'))
    const headers = fc.oneof(almost, fc.string(), fc.anything(), fc.array(almost))
    fc.assert(
      fc.property(headers, (header) => {
        const read = readTraceparent(header)
        if (read === null) return
        expect(read.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/)
        expect(read.spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
      }),
    )
  })

  it('of a later version may say more, and of this one may not', () => {
    const ids = `${'a'.repeat(32)}-${'b'.repeat(16)}`
    expect(readTraceparent(`cc-${ids}-01-more`)).toMatchObject({ sampled: true })
    expect(readTraceparent(`00-${ids}-01-more`)).toBeNull()
    expect(readTraceparent(`ff-${ids}-01`)).toBeNull()
  })
})
