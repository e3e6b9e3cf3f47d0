import { VoxtraceError } from '@voxtrace/model'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { decodeTraceRequest } from './decode.ts'
import { decodeTraceRequestJson } from './decode-json.ts'
import {
  anyValue,
  exportRequest,
  spansOf,
  type WireRequest,
  type WireSpan,
  type WireValue,
} from './export-request.test.arbitrary.ts'
import { traceResponse, traceResponseJson } from './export-response.ts'

/** The messages of opentelemetry-proto as far as spans need them. */
const root = protobuf.parse(
  `syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message Response { PartialSuccess partial_success = 1; }
  message PartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
    repeated Event events = 11; uint32 dropped_events_count = 12;
    repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16;
  }
  message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
  message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; uint32 dropped_attributes_count = 5; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
      ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }`,
  { keepCase: false },
).root
const Request = root.lookupType('Request')
const Response = root.lookupType('Response')

function encode(request: WireRequest): Uint8Array {
  return Request.encode(Request.fromObject(request)).finish()
}

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

function oneSpan(fields: WireSpan): WireRequest {
  const span = { traceId: base64(traceId), spanId: base64(spanId), startTimeUnixNano: '1', ...fields }
  return { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
}

describe('decodeTraceRequest', () => {
  it('reads what protobufjs writes, whatever a request holds', () => {
    fc.assert(
      fc.property(exportRequest, (request) => {
        const { spans, rejected } = decodeTraceRequest(encode(request))
        expect(rejected).toEqual({ count: 0, messages: [] })
        expect(spans).toEqual(spansOf(request))
      }),
      { numRuns: 300 },
    )
  })

  it('takes a span without an end for an open one', () => {
    expect(decodeTraceRequest(encode(oneSpan({}))).spans[0]).toMatchObject({
      traceId,
      spanId,
      parentSpanId: null,
      startTimeUnixNano: 1n,
      endTimeUnixNano: null,
    })
  })

  it('keeps every integer exactly, and says NaN and infinities in words', () => {
    const attribute = (key: string, value: WireValue) => ({ key, value })
    const attributes = [
      attribute('safe', { intValue: '-9007199254740991' }),
      attribute('large', { intValue: '9007199254740993' }),
      attribute('least', { intValue: '-9223372036854775808' }),
      attribute('nan', { doubleValue: Number.NaN }),
      attribute('infinite', { doubleValue: Number.NEGATIVE_INFINITY }),
      attribute('bytes', { bytesValue: base64('00ff10') }),
      attribute('empty', {}),
      attribute('__proto__', { stringValue: 'kept' }),
    ]
    const span = decodeTraceRequest(encode(oneSpan({ attributes }))).spans[0]
    expect(Object.entries(span?.attributes ?? {})).toEqual([
      ['safe', -9007199254740991],
      ['large', '9007199254740993'],
      ['least', '-9223372036854775808'],
      ['nan', 'NaN'],
      ['infinite', '-Infinity'],
      ['bytes', base64('00ff10')],
      ['empty', null],
      ['__proto__', 'kept'],
    ])
  })

  it('gives the spans their resource even when it stands behind them', () => {
    const resource = Buffer.from(
      encode({ resourceSpans: [{ resource: { attributes: [{ key: 'k', value: { boolValue: true } }] } }] }),
    )
    const spans = Buffer.from(encode(oneSpan({})))
    const inside = Buffer.concat([spans.subarray(2), resource.subarray(2)])
    const body = Buffer.concat([Buffer.from([0x0a, inside.length]), inside])
    expect(decodeTraceRequest(body).spans[0]?.resource).toEqual({ k: true })
  })

  it('passes over fields it does not know, groups included', () => {
    const unknown = Buffer.from([
      0x98, 0x06, 0x05, 0xa3, 0x06, 0x08, 0x01, 0xa4, 0x06, 0xad, 0x06, 1, 2, 3, 4,
    ])
    expect(
      decodeTraceRequest(Buffer.concat([unknown, encode(oneSpan({ name: 'x' })), unknown])).spans,
    ).toHaveLength(1)
  })

  it.each([
    ['trace_id is missing', { traceId: '' }],
    ['trace_id is missing or all zeros', { traceId: base64('00'.repeat(16)) }],
    ['trace_id has 8 bytes', { traceId: base64('11'.repeat(8)) }],
    ['span_id is missing', { spanId: '' }],
    ['parent_span_id has 3 bytes', { parentSpanId: base64('112233') }],
    ['start_time_unix_nano is 9223372036854775808', { startTimeUnixNano: '9223372036854775808' }],
    ['a link has no trace_id', { links: [{ traceId: '', spanId: base64(spanId) }] }],
  ] satisfies [string, WireSpan][])('rejects alone a span of which %s', (reason, fields) => {
    const good = { traceId: base64(traceId), spanId: base64(spanId), name: 'good' }
    const bad = { ...good, name: 'bad', ...fields }
    const request = { resourceSpans: [{ scopeSpans: [{ spans: [good, bad, good] }] }] }
    const { spans, rejected } = decodeTraceRequest(encode(request))
    expect(spans.map((span) => span.name)).toEqual(['good', 'good'])
    expect(rejected.count).toBe(1)
    expect(rejected.messages[0]).toMatch(/^resource_spans\[0\]\.scope_spans\[0\]\.spans\[1\]: /)
    expect(rejected.messages[0]).toContain(reason)
  })

  it.each([65, 2000])('rejects alone a span with an attribute of %i nested arrays', (depth) => {
    let value: Uint8Array = Buffer.from([0x10, 1])
    for (let level = 0; level < depth; level++) value = embedded(0x2a, embedded(0x0a, value))
    const attribute = embedded(0x4a, Buffer.concat([Buffer.from([0x0a, 1, 0x6b]), embedded(0x12, value)]))
    const ids = Buffer.concat([
      embedded(0x0a, Buffer.from(traceId, 'hex')),
      embedded(0x12, Buffer.from(spanId, 'hex')),
    ])
    const spans = Buffer.concat([embedded(0x12, Buffer.concat([ids, attribute])), embedded(0x12, ids)])
    const { spans: taken, rejected } = decodeTraceRequest(embedded(0x0a, embedded(0x12, spans)))
    expect(taken).toHaveLength(1)
    expect(rejected.messages[0]).toMatch(/an attribute is nested deeper than 64 levels$/)
  })

  it('counts all rejected spans and tells of ten', () => {
    const spans = Array.from({ length: 25 }, () => ({ name: 'no ids' }))
    const { rejected } = decodeTraceRequest(encode({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
    expect(rejected.count).toBe(25)
    expect(rejected.messages).toHaveLength(10)
  })

  it('takes an empty body for no spans', () => {
    expect(decodeTraceRequest(new Uint8Array())).toEqual({ spans: [], rejected: { count: 0, messages: [] } })
  })

  it('answers any cut-off or damaged body with spans or a clear error', () => {
    fc.assert(
      fc.property(
        exportRequest,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        (request, cut, damage) => {
          const body = Buffer.from(encode(request))
          for (const [at, byte] of damage) if (body.length > 0) body[at % body.length] = byte
          decodesOrSaysWhy(body)
          decodesOrSaysWhy(body.subarray(0, cut % (body.length + 1)))
        },
      ),
      { numRuns: 300 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodesOrSaysWhy), { numRuns: 500 })
  })
})

/** A length-delimited field: tag, length, bytes. */
function embedded(tag: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([protobuf.Writer.create().uint32(tag).bytes(bytes).finish()])
}

function decodesOrSaysWhy(body: Uint8Array): void {
  try {
    decodeTraceRequest(body)
  } catch (error) {
    expect(error).toBeInstanceOf(VoxtraceError)
    expect(error).toMatchObject({ code: 'BAD_REQUEST' })
  }
}

describe('decodeTraceRequestJson', () => {
  it('reads the same from JSON as from protobuf', () => {
    fc.assert(
      fc.property(
        exportRequest,
        fc.constantFrom<'hex' | 'base64'>('hex', 'base64'),
        fc.boolean(),
        (request, ids, snake) => {
          const json = JSON.stringify(asJson(request, ids, snake))
          const { spans, rejected } = decodeTraceRequestJson(json)
          expect(rejected).toEqual({ count: 0, messages: [] })
          expect(spans).toEqual(spansOf(request))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('keeps the nanoseconds of times that are written as numbers', () => {
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${traceId}","spanId":"${spanId.toUpperCase()}",
      "startTimeUnixNano":1700000000123456789,"endTimeUnixNano":"1700000000123456790",
      "attributes":[{"key":"n","value":{"intValue":9007199254740993}}]}]}]}]}`
    expect(decodeTraceRequestJson(Buffer.from(body)).spans[0]).toMatchObject({
      spanId,
      startTimeUnixNano: 1700000000123456789n,
      endTimeUnixNano: 1700000000123456790n,
      attributes: { n: '9007199254740993' },
    })
  })

  it('takes enums by number and by name, and null for absent', () => {
    const span = {
      traceId,
      spanId,
      parentSpanId: null,
      kind: 'SPAN_KIND_SERVER',
      status: { code: 'STATUS_CODE_ERROR' },
    }
    const body = JSON.stringify({
      resourceSpans: [
        { resource: null, scopeSpans: [{ spans: [span, { ...span, kind: 3, status: { code: 1 } }] }] },
      ],
    })
    expect(decodeTraceRequestJson(body).spans).toMatchObject([
      { kind: 'SERVER', status: { code: 'ERROR' }, endTimeUnixNano: null, parentSpanId: null },
      { kind: 'CLIENT', status: { code: 'OK' } },
    ])
  })

  it('keeps a key "__proto__" as a key', () => {
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${traceId}","spanId":"${spanId}","attributes":[{"key":"__proto__","value":{"stringValue":"x"}}]}]}]}]}`
    const attributes = decodeTraceRequestJson(body).spans[0]?.attributes ?? {}
    expect(Object.keys(attributes)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype)
  })

  it.each([
    ['traceId is missing', { spanId }],
    ['traceId is "xyz"; it must be 32 hex digits', { traceId: 'xyz', spanId }],
    ['spanId must be text', { traceId, spanId: 5 }],
    ['startTimeUnixNano must be nanoseconds', { traceId, spanId, startTimeUnixNano: 'now' }],
    ['startTimeUnixNano is -5', { traceId, spanId, startTimeUnixNano: -5 }],
    ['attributes must be an array', { traceId, spanId, attributes: {} }],
    [
      'intValue must be a 64-bit integer',
      { traceId, spanId, attributes: [{ key: 'k', value: { intValue: '9223372036854775808' } }] },
    ],
    ['it is not an object', 'span'],
  ])('rejects alone a span of which %s', (reason, span) => {
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span, { traceId, spanId }] }] }] })
    const { spans, rejected } = decodeTraceRequestJson(body)
    expect(spans).toHaveLength(1)
    expect(rejected.messages[0]).toContain(`resourceSpans[0].scopeSpans[0].spans[0]: ${reason}`)
  })

  it.each([
    ['', /JSON/],
    ['{"resourceSpans":', /JSON/],
    ['[]', /must be a JSON object/],
    ['{"resourceSpans":{}}', /resourceSpans must be an array/],
    ['{"resourceSpans":[{"scopeSpans":[5]}]}', /an item of scopeSpans is not an object/],
  ])('says what is wrong with the body %j', (body, message) => {
    expect(() => decodeTraceRequestJson(body)).toThrow(message)
    expect(() => decodeTraceRequestJson(body)).toThrow(VoxtraceError)
  })

  it('answers any JSON at all with spans or a clear error', () => {
    const names = fc.constantFrom(
      'resourceSpans',
      'scopeSpans',
      'spans',
      'attributes',
      'value',
      'traceId',
      'kind',
      'status',
    )
    const { any } = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 8 },
        fc.jsonValue(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(names, tie('any'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(any, (value) => {
        try {
          decodeTraceRequestJson(JSON.stringify(value))
          decodeTraceRequestJson(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [value] }] }] }))
        } catch (error) {
          expect(error).toBeInstanceOf(VoxtraceError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('responses', () => {
  it('are empty when every span was taken', () => {
    expect(traceResponse({ count: 0, messages: [] })).toEqual(new Uint8Array())
    expect(traceResponseJson({ count: 0, messages: [] })).toEqual({})
  })

  it('tell how many spans were rejected and why', () => {
    const rejected = { count: 300, messages: ['spans[0]: über', 'x'.repeat(500)] }
    const decoded = Response.toObject(Response.decode(traceResponse(rejected)), { longs: String })
    expect(decoded).toEqual({
      partialSuccess: { rejectedSpans: '300', errorMessage: `spans[0]: über; ${'x'.repeat(500)}` },
    })
    expect(traceResponseJson(rejected)).toEqual(decoded)
  })
})

/** The request as OTLP/JSON writes it, with ids in the form asked for and names in either case. */
function asJson(value: unknown, ids: 'hex' | 'base64', snake: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => asJson(item, ids, snake))
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = snake ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key
      const isId = key === 'traceId' || key === 'spanId' || key === 'parentSpanId'
      if (isId && ids === 'hex' && typeof member === 'string')
        return [name, Buffer.from(member, 'base64').toString('hex')]
      return [name, asJson(member, ids, snake)]
    }),
  )
}

describe('the generator of requests', () => {
  it('makes nested values, so that the properties above mean something', () => {
    const samples = fc.sample(anyValue, 200)
    expect(samples.some((value) => 'arrayValue' in value)).toBe(true)
    expect(samples.some((value) => 'kvlistValue' in value)).toBe(true)
  })
})
