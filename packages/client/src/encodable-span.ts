import { type JsonObject, mlflowAttributes, traceMetadata } from '@voxtrace/model'
import type { EncodableSpan } from '@voxtrace/protocol/otlp/encode'
import type { Building } from './build-operations.ts'
import type { SpanRecord, TraceInfo } from './record.ts'
import type { Redaction } from './redaction.ts'

/** The span as it goes out: MLflow's own attributes are JSON in a string, the others are as they were given. */
export function encodable(record: SpanRecord, { redaction, infoOnSpan }: Building): EncodableSpan {
  const { trace, extras } = record
  const text = (value: string, key: string | null) =>
    redaction === null ? value : redaction.text(value, key)
  const attributes: JsonObject = {}
  const jsonAttributes: JsonObject = { [mlflowAttributes.traceRequestId]: `tr-${trace.id}` }
  if (record.spanType !== '') jsonAttributes[mlflowAttributes.spanType] = text(record.spanType, null)
  const inputs = redaction === null ? record.inputs : redaction.optional(record.inputs)
  if (inputs !== undefined) jsonAttributes[mlflowAttributes.spanInputs] = inputs
  const outputs = redaction === null ? record.outputs : redaction.optional(record.outputs)
  if (outputs !== undefined) jsonAttributes[mlflowAttributes.spanOutputs] = outputs
  if (record.attributes !== null) {
    for (const key of Object.keys(record.attributes)) {
      const given = record.attributes[key]
      const value = redaction === null ? given : redaction.optional(given, key)
      if (value === undefined) continue
      if (key.startsWith('mlflow.')) jsonAttributes[key] = value
      else attributes[text(key, null)] = value
    }
  }
  if (trace.info !== null && trace.root === record && (infoOnSpan || trace.origin === 'remote')) {
    putInfo(attributes, trace.info, redaction)
  }
  const span: EncodableSpan = {
    traceId: trace.id,
    spanId: record.spanId,
    parentSpanId: record.parentSpanId,
    name: text(record.name, 'name'),
    kind: extras === null ? 'INTERNAL' : extras.kind,
    startTimeUnixNano: record.startNs,
    endTimeUnixNano: record.endNs,
    status: {
      code: record.statusCode,
      message: record.statusMessage === '' ? '' : text(record.statusMessage, 'status'),
    },
    attributes,
    jsonAttributes,
  }
  if (extras === null) return span
  span.droppedAttributesCount = extras.droppedAttributes
  span.droppedEventsCount = extras.droppedEvents
  span.droppedLinksCount = extras.droppedLinks
  const masked = (given: JsonObject) => (redaction === null ? given : redaction.object(given))
  span.events = extras.events.map(({ name, timeNs, attributes: given }) => ({
    name: text(name, 'event'),
    timeUnixNano: timeNs,
    attributes: masked(given),
  }))
  span.links = extras.links.map((link) => ({ ...link, attributes: masked(link.attributes) }))
  return span
}

/** What a trace tells, where spans are all that is sent: by the attributes that receivers know. */
function putInfo(target: JsonObject, info: TraceInfo, redaction: Redaction | null): void {
  const { metadata, tags } = redaction === null ? info : redaction.info(info)
  for (const [key, value] of Object.entries(metadata)) {
    if (key === traceMetadata.session) target['session.id'] = value
    else if (key === traceMetadata.user) target['user.id'] = value
    else target[key] = value
  }
  for (const [key, value] of Object.entries(tags)) target[`mlflow.traceTag.${key}`] = value
}
