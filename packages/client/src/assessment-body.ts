import type { Json, JsonObject } from '@voxtrace/model'
import { captureTexts, captureText as text } from './capture.ts'
import { isRecord } from './outcome.ts'
import type { Assessment } from './work-items.ts'

const maxLength = 65_536

/** The request's body for an assessment. */
export function assessmentBody({ judgement, id, timeMs, given }: Assessment): JsonObject {
  const { traceId, spanId, name, source, metadata, rationale } = given
  const { type, id: sourceId } = isRecord(source) ? source : {}
  const body: JsonObject = {
    assessment_id: `a-${id}`,
    assessment_name: text(name),
    trace_id: text(traceId),
    source: {
      source_type: text(type ?? (judgement === 'feedback' ? 'CODE' : 'HUMAN')),
      source_id: text(sourceId ?? 'default'),
    },
    create_time: new Date(timeMs).toISOString(),
    metadata: captureTexts(metadata),
    [judgement]: judgement === 'feedback' ? feedbackOf(given) : expectationOf(given.value ?? null),
  }
  if (spanId !== undefined) body.span_id = text(spanId)
  if (rationale !== undefined) body.rationale = text(rationale, maxLength)
  return body
}

function feedbackOf({ value, error }: JsonObject): JsonObject {
  if (!isRecord(error)) return { value: value ?? null }
  return { error: { error_code: text(error.code), error_message: text(error.message) } }
}

/** MLflow takes plain values as they are, and others as JSON in a string. */
function expectationOf(value: Json): JsonObject {
  if (typeof value !== 'object' || value === null) return { value }
  return { serialized_value: { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) } }
}
