import { type JsonObject, mlflowAttributes, traceMetadata } from '@voxtrace/model'
import type { EncodableSpan } from '@voxtrace/protocol/otlp/encode'
import type { Building } from './build-operations.ts'
import type { SpanRecord, TraceInfo } from './record.ts'
import type { Redaction } from './redaction.ts'

/** The span as it goes out: MLflow's own attributes are JSON in a string, the others are as they were given. */
export function encodable(record: SpanRecord, { redaction, infoOnSpan }: Building): EncodableSpan {
  const { trace, extras } = record
  const attributes: JsonObject = { [mlflowAttributes.traceRequestId]: `"tr-${trace.id}"` }
  if (record.spanType !== '') attributes[mlflowAttributes.spanType] = JSON.stringify(record.spanType)
  const inputs = redaction === null ? record.inputs : redaction.optional(record.inputs)
  if (inputs !== undefined) attributes[mlflowAttributes.spanInputs] = JSON.stringify(inputs)
  const outputs = redaction === null ? record.outputs : redaction.optional(record.outputs)
  if (outputs !== undefined) attributes[mlflowAttributes.spanOutputs] = JSON.stringify(outputs)
  if (record.attributes !== null) putAttributes(attributes, record.attributes, redaction)
  if (trace.info !== null && trace.root === record && (infoOnSpan || trace.origin === 'remote')) {
    putInfo(attributes, trace.info, redaction)
  }
  const text = (value: string, key: string) => (redaction === null ? value : redaction.text(value, key))
  const span: EncodableSpan = {
    traceId: trace.id,
    spanId: record.spanId,
    parentSpanId: record.parentSpanId,
    name: redaction === null ? record.name : text(record.name, 'name'),
    kind: extras === null ? 'INTERNAL' : extras.kind,
    startTimeUnixNano: record.startNs,
    endTimeUnixNano: record.endNs,
    status: {
      code: record.statusCode,
      message: record.statusMessage === '' ? '' : text(record.statusMessage, 'status'),
    },
    attributes,
  }
  if (extras === null) return span
  span.droppedAttributesCount = extras.droppedAttributes
  span.droppedEventsCount = extras.droppedEvents
  span.events = extras.events.map(({ name, timeNs, attributes: given }) => ({
    name: text(name, 'event'),
    timeUnixNano: timeNs,
    attributes: redaction === null ? given : redaction.object(given),
  }))
  span.links = extras.links
  return span
}

function putAttributes(target: JsonObject, given: JsonObject, redaction: Redaction | null): void {
  for (const key of Object.keys(given)) {
    const value = redaction === null ? given[key] : redaction.optional(given[key], key)
    if (value === undefined) continue
    target[key] = key.startsWith('mlflow.') ? JSON.stringify(value) : value
  }
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
