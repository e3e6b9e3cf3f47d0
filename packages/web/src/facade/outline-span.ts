import { mlflowAttributes, type Span } from '@voxtrace/model'
import type { SpanOutline } from '@voxtrace/protocol'

/** What all outlines lack, made once: there may be a hundred thousand of them. */
const absent = {
  events: [],
  links: [],
  traceState: '',
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
  resource: {},
  scope: { name: '', version: '', attributes: {} },
} satisfies Partial<Span>

const attributesByType = new Map<string, Span['attributes']>()

/** A span as far as its outline tells of it, for a tree and a timeline. Its payload is empty. */
export function spanOfOutline(traceId: string, outline: SpanOutline): Span {
  return {
    ...absent,
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

function attributesOf(type: string): Span['attributes'] {
  const known = attributesByType.get(type)
  if (known) return known
  const attributes = { [mlflowAttributes.spanType]: JSON.stringify(type) }
  attributesByType.set(type, attributes)
  return attributes
}
