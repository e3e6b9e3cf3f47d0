import { randomBytes } from 'node:crypto'
import type { JsonObject, Span } from '@voxtrace/model'

/** A span for tests: a root that took one second, unless told otherwise. */
export function testSpan(change: Partial<Span> = {}): Span {
  const start = change.startTimeUnixNano ?? 1_800_000_000_000_000_000n
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: null,
    name: 'span',
    kind: 'INTERNAL',
    startTimeUnixNano: start,
    endTimeUnixNano: start + 1_000_000_000n,
    status: { code: 'UNSET', message: '' },
    attributes: {},
    events: [],
    links: [],
    traceState: '',
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: {},
    scope: { name: 'test', version: '1', attributes: {} },
    ...change,
  }
}

/** A turn of Voxtrace's bot below the given root. */
export function testTurn(root: Span, attributes: JsonObject, change: Partial<Span> = {}): Span {
  return testSpan({ traceId: root.traceId, parentSpanId: root.spanId, name: 'turn', attributes, ...change })
}
