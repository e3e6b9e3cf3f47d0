import type { Json, JsonObject, Span, SpanKind, SpanStatusCode } from '@voxtrace/model'

const kinds: Record<SpanKind, number> = {
  UNSPECIFIED: 0,
  INTERNAL: 1,
  SERVER: 2,
  CLIENT: 3,
  PRODUCER: 4,
  CONSUMER: 5,
}
const codes: Record<SpanStatusCode, number> = { UNSET: 0, OK: 1, ERROR: 2 }

/**
 * Writes spans as one OTLP/JSON ExportTraceServiceRequest, in the order given: spans that follow each other and share
 * a resource and a scope stand together.
 */
export function otlpJson(spans: readonly Span[]): object {
  const resourceSpans: { resource: object; scopeSpans: { scope: object; spans: object[] }[] }[] = []
  let lastSource = ''
  for (const span of spans) {
    const source = JSON.stringify([span.resource, span.scope])
    if (source !== lastSource) {
      const { name, version, attributes } = span.scope
      const scope = { name, version, ...(hasAny(attributes) && { attributes: keyValues(attributes) }) }
      resourceSpans.push({
        resource: { attributes: keyValues(span.resource) },
        scopeSpans: [{ scope, spans: [] }],
      })
      lastSource = source
    }
    resourceSpans.at(-1)?.scopeSpans[0]?.spans.push(spanJson(span))
  }
  return { resourceSpans }
}

function spanJson(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId !== null && { parentSpanId: span.parentSpanId }),
    ...(span.traceState !== '' && { traceState: span.traceState }),
    name: span.name,
    kind: kinds[span.kind],
    startTimeUnixNano: String(span.startTimeUnixNano),
    endTimeUnixNano: String(span.endTimeUnixNano ?? 0),
    attributes: keyValues(span.attributes),
    ...counted('droppedAttributesCount', span.droppedAttributesCount),
    ...(span.events.length > 0 && {
      events: span.events.map((event) => ({
        timeUnixNano: String(event.timeUnixNano),
        name: event.name,
        attributes: keyValues(event.attributes),
        ...counted('droppedAttributesCount', event.droppedAttributesCount),
      })),
    }),
    ...counted('droppedEventsCount', span.droppedEventsCount),
    ...(span.links.length > 0 && {
      links: span.links.map(({ attributes, ...link }) => ({ ...link, attributes: keyValues(attributes) })),
    }),
    ...counted('droppedLinksCount', span.droppedLinksCount),
    status: {
      code: codes[span.status.code],
      ...(span.status.message !== '' && { message: span.status.message }),
    },
  }
}

function counted(name: string, count: number): object {
  return count === 0 ? {} : { [name]: count }
}

function hasAny(attributes: JsonObject): boolean {
  return Object.keys(attributes).length > 0
}

function keyValues(attributes: JsonObject): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: Json): object {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return { kvlistValue: { values: keyValues(value) } }
}
