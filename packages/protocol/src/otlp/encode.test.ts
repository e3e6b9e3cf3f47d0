import type { Json, Span } from '@voxtrace/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTraceRequest } from './decode.ts'
import { encodeTraceRequest, ProtobufWriter, traceRequest, writeSpan } from './encode.ts'

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((characters) => characters.join(''))
    .filter((id) => /[^0]/.test(id))

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 100, maxLength: 40_000 }))
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    // A whole number goes out as an integer, which knows no -0.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
})).value
const attributes = fc.dictionary(fc.string({ minLength: 1 }), json, { maxKeys: 6 })
const time = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n })
const count = fc.nat({ max: 2 ** 31 })

const resource = { 'service.name': 'tests' }
const scope = { name: 'scope', version: '1', attributes: { a: 1 } }

const spans: fc.Arbitrary<Span> = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: fc.option(hex(16)),
  name: text,
  kind: fc.constantFrom('UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'),
  startTimeUnixNano: time,
  endTimeUnixNano: fc.option(time),
  status: fc.record({ code: fc.constantFrom('UNSET', 'OK', 'ERROR'), message: text }),
  attributes,
  events: fc.array(fc.record({ name: text, timeUnixNano: time, attributes, droppedAttributesCount: count }), {
    maxLength: 3,
  }),
  links: fc.array(
    fc.record({
      traceId: hex(32),
      spanId: hex(16),
      traceState: fc.string(),
      attributes,
      droppedAttributesCount: count,
    }),
    { maxLength: 3 },
  ),
  traceState: fc.string(),
  droppedAttributesCount: count,
  droppedEventsCount: count,
  droppedLinksCount: count,
  resource: fc.constant(resource),
  scope: fc.constant(scope),
})

function decoded(body: Uint8Array): Span[] {
  const { spans: read, rejected } = decodeTraceRequest(body)
  expect(rejected.messages).toEqual([])
  return read
}

describe('encodeTraceRequest', () => {
  it('writes what the decoder reads back unchanged, whatever the spans hold', () => {
    fc.assert(
      fc.property(fc.array(spans, { minLength: 1, maxLength: 4 }), (given) => {
        expect(decoded(encodeTraceRequest(given, resource, scope))).toEqual(given)
      }),
      { numRuns: 200 },
    )
  })

  it('writes times given as numbers to the nanosecond that the number stands for', () => {
    const startTimeUnixNano = Number(1_790_000_000_123_456_789n)
    const span = { ...minimal, startTimeUnixNano, endTimeUnixNano: startTimeUnixNano + 0.5 }
    const [read] = decoded(encodeTraceRequest([span], {}, scope))
    expect(read?.startTimeUnixNano).toBe(BigInt(startTimeUnixNano))
    expect(read?.endTimeUnixNano).toBe(BigInt(startTimeUnixNano))
  })

  it('writes lengths around every boundary of a variable-length number', () => {
    for (const length of [0, 1, 47, 48, 49, 126, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152]) {
      for (const character of ['a', 'é', '語']) {
        const name = character.repeat(length)
        expect(decoded(encodeTraceRequest([{ ...minimal, name }], {}, scope))[0]?.name).toBe(name)
      }
    }
  })

  it('replaces half a surrogate pair instead of writing text that is not UTF-8', () => {
    const [read] = decoded(encodeTraceRequest([{ ...minimal, name: 'a\ud800b' }], {}, scope))
    expect(read?.name).toBe('a\ufffdb')
  })

  it('refuses an id that is not hex, and says which', () => {
    expect(() => encodeTraceRequest([{ ...minimal, spanId: 'xyz0' }], {}, scope)).toThrow(/"xyz0"/)
    expect(() => encodeTraceRequest([{ ...minimal, spanId: 'abc' }], {}, scope)).toThrow(/"abc"/)
  })
})

describe('traceRequest', () => {
  it('joins spans that were encoded apart into one request', () => {
    const fields = ['one', 'two', 'three'].map((name) => {
      const writer = new ProtobufWriter()
      writeSpan(writer, { ...minimal, name })
      return writer.bytes()
    })
    expect(decoded(traceRequest(resource, scope, fields)).map((span) => span.name)).toEqual([
      'one',
      'two',
      'three',
    ])
  })
})

const minimal = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: null,
  name: 'span',
  startTimeUnixNano: 1n,
  endTimeUnixNano: 2n,
  status: { code: 'OK' as const, message: '' },
  attributes: {},
}
