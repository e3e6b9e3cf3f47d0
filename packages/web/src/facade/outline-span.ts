import { mlflowAttributes, type Span } from '@voxtrace/model'
import type { SpanOutline } from '@voxtrace/protocol'

/** A span as far as its outline tells of it, for a tree and a timeline. Its payload is empty. */
export function spanOfOutline(traceId: string, outline: SpanOutline): Span {
  return {
    traceId: traceId.replace(/^tr-/, ''),
    spanId: outline.spanId,
    parentSpanId: outline.parentSpanId,
    name: outline.name,
    kind: outline.kind,
    startTimeUnixNano: BigInt(outline.startTimeUnixNano),
    endTimeUnixNano: outline.endTimeUnixNano === null ? null : BigInt(outline.endTimeUnixNano),
    status: outline.status,
    attributes: { [mlflowAttributes.spanType]: JSON.stringify(outline.type) },
    events: [],
    links: [],
    traceState: '',
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: {},
    scope: { name: '', version: '', attributes: {} },
  }
}
