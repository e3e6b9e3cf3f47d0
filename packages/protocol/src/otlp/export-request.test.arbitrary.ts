import type { Json, JsonObject, Span, SpanKind, SpanStatusCode } from '@voxtrace/model'
import fc from 'fast-check'

/** Messages as protobufjs takes them: bytes in base64, 64-bit numbers as text. */
export type WireValue = {
  stringValue?: string
  boolValue?: boolean
  intValue?: string
  doubleValue?: number
  bytesValue?: string
  arrayValue?: { values: WireValue[] }
  kvlistValue?: { values: WireKeyValue[] }
}
type WireKeyValue = { key: string; value?: WireValue }
type WireEvent = {
  timeUnixNano: string
  name: string
  attributes: WireKeyValue[]
  droppedAttributesCount: number
}
type WireLink = { traceId: string; spanId: string; traceState?: string; attributes?: WireKeyValue[] }
export type WireSpan = {
  traceId?: string
  spanId?: string
  parentSpanId?: string
  traceState?: string
  name?: string
  kind?: number
  startTimeUnixNano?: string
  endTimeUnixNano?: string
  attributes?: WireKeyValue[]
  droppedAttributesCount?: number
  events?: WireEvent[]
  droppedEventsCount?: number
  links?: WireLink[]
  droppedLinksCount?: number
  status?: { code?: number; message?: string }
}
export type WireRequest = {
  resourceSpans: {
    resource?: { attributes: WireKeyValue[] }
    scopeSpans?: {
      scope?: { name: string; version: string; attributes: WireKeyValue[] }
      spans: WireSpan[]
    }[]
  }[]
}

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const time = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)
const count = fc.nat(0xffffffff)

const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value).toString('base64'))

function id(length: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .filter((value) => value.some((byte) => byte !== 0))
    .map((value) => Buffer.from(value).toString('base64'))
}

const { value } = fc.letrec<{ value: WireValue; keyValue: WireKeyValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.oneof(int64, fc.bigInt({ min: -300n, max: 300n })).map(String) }),
    // JSON writes -0 as 0.
    fc.record({ doubleValue: fc.double().map((value) => value || Math.abs(value)) }),
    fc.record({ bytesValue: bytes }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 4 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: fc.array(tie('keyValue'), { maxLength: 4 }) }) }),
  ),
  keyValue: fc.record({ key: text, value: tie('value') }),
}))

export const anyValue: fc.Arbitrary<WireValue> = value

const attributes = fc.array(fc.record({ key: text, value }), { maxLength: 5 })

const span: fc.Arbitrary<WireSpan> = fc.record({
  traceId: id(16),
  spanId: id(8),
  parentSpanId: fc.oneof(fc.constant(''), id(8)),
  traceState: text,
  name: text,
  kind: fc.nat(5),
  startTimeUnixNano: time,
  endTimeUnixNano: fc.oneof(fc.constant('0'), time),
  attributes,
  droppedAttributesCount: count,
  events: fc.array(fc.record({ timeUnixNano: time, name: text, attributes, droppedAttributesCount: count }), {
    maxLength: 3,
  }),
  droppedEventsCount: count,
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8), traceState: text, attributes }), {
    maxLength: 2,
  }),
  droppedLinksCount: count,
  status: fc.record({ code: fc.nat(2), message: text }),
})

/** Any valid request. */
export const exportRequest: fc.Arbitrary<WireRequest> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, attributes }),
          spans: fc.array(span, { maxLength: 3 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 2 },
  ),
})

/** What a decoder should make of a valid request, told independently of any decoder. */
export function spansOf(request: WireRequest): Span[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ scope, spans }) =>
      spans.map((wire) => spanOf(wire, resource?.attributes ?? [], scope)),
    ),
  )
}

const kinds: SpanKind[] = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const codes: SpanStatusCode[] = ['UNSET', 'OK', 'ERROR']

function spanOf(
  wire: WireSpan,
  resource: WireKeyValue[],
  scope: { name: string; version: string; attributes: WireKeyValue[] } | undefined,
): Span {
  const end = BigInt(wire.endTimeUnixNano ?? 0)
  return {
    traceId: hex(wire.traceId) ?? '',
    spanId: hex(wire.spanId) ?? '',
    parentSpanId: hex(wire.parentSpanId),
    name: wire.name ?? '',
    kind: kinds[wire.kind ?? 0] ?? 'UNSPECIFIED',
    startTimeUnixNano: BigInt(wire.startTimeUnixNano ?? 0),
    endTimeUnixNano: end === 0n ? null : end,
    status: { code: codes[wire.status?.code ?? 0] ?? 'UNSET', message: wire.status?.message ?? '' },
    attributes: object(wire.attributes),
    events: (wire.events ?? []).map((event) => ({
      ...event,
      timeUnixNano: BigInt(event.timeUnixNano),
      attributes: object(event.attributes),
    })),
    links: (wire.links ?? []).map((link) => ({
      traceId: hex(link.traceId) ?? '',
      spanId: hex(link.spanId) ?? '',
      traceState: link.traceState ?? '',
      attributes: object(link.attributes),
      droppedAttributesCount: 0,
    })),
    traceState: wire.traceState ?? '',
    droppedAttributesCount: wire.droppedAttributesCount ?? 0,
    droppedEventsCount: wire.droppedEventsCount ?? 0,
    droppedLinksCount: wire.droppedLinksCount ?? 0,
    resource: object(resource),
    scope: { name: scope?.name ?? '', version: scope?.version ?? '', attributes: object(scope?.attributes) },
  }
}

function hex(base64: string | undefined): string | null {
  const digits = Buffer.from(base64 ?? '', 'base64').toString('hex')
  return /^0*$/.test(digits) ? null : digits
}

function object(entries: WireKeyValue[] | undefined): JsonObject {
  return Object.fromEntries((entries ?? []).map((entry) => [entry.key, json(entry.value ?? {})]))
}

function json(wire: WireValue): Json {
  if (wire.stringValue !== undefined) return wire.stringValue
  if (wire.boolValue !== undefined) return wire.boolValue
  if (wire.bytesValue !== undefined) return wire.bytesValue
  if (wire.intValue !== undefined) {
    return Number.isSafeInteger(Number(wire.intValue)) ? Number(wire.intValue) : wire.intValue
  }
  if (wire.doubleValue !== undefined) {
    return Number.isFinite(wire.doubleValue) ? wire.doubleValue : String(wire.doubleValue)
  }
  if (wire.arrayValue !== undefined) return wire.arrayValue.values.map(json)
  return wire.kvlistValue === undefined ? null : object(wire.kvlistValue.values)
}
