import { attributesByType, type Span, withoutPayload } from '@voxtrace/model'
import type { SpanOutline } from '@voxtrace/protocol'

const attributesOf = attributesByType()

/** A span as far as its outline tells of it, for a tree and a timeline. Its payload is empty. */
export function spanOfOutline(traceId: string, outline: SpanOutline): Span {
  return {
    ...withoutPayload,
    traceId,
    spanId: outline.spanId,
    parentSpanId: outline.parentSpanId,
    name: outline.name,
    kind: outline.kind,
    startTimeUnixNano: BigInt(outline.startTimeUnixNano),
    endTimeUnixNano: outline.endTimeUnixNano === null ? null : BigInt(outline.endTimeUnixNano),
    status: outline.status,
    attributes: attributesOf(outline.type),
  }
}
