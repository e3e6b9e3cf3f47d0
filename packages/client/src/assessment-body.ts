import type { JsonObject } from '@voxtrace/model'
import { capture, captureTexts, captureText as text } from './capture.ts'
import { nowMs } from './clock.ts'
import { newTraceId } from './ids.ts'
import type { ExpectationOptions, FeedbackOptions } from './options.ts'

const maxBytes = 65_536

/** The request's body for an assessment, its trace, and about how much memory it holds. */
export function assessmentBody(
  options: Omit<FeedbackOptions, 'value' | 'error'>,
  sourceType: string,
  judgement: JsonObject,
): { body: JsonObject; traceId: string; bytes: number } {
  const traceId = text(options.traceId)
  const body: JsonObject = {
    assessment_id: `a-${newTraceId()}`,
    assessment_name: text(options.name),
    trace_id: traceId,
    source: {
      source_type: text(options.source?.type ?? sourceType),
      source_id: text(options.source?.id ?? 'default'),
    },
    create_time: new Date(nowMs()).toISOString(),
    metadata: captureTexts(options.metadata),
    ...judgement,
  }
  if (options.spanId !== undefined) body.span_id = text(options.spanId)
  if (options.rationale !== undefined) body.rationale = text(options.rationale, maxBytes)
  return { body, traceId, bytes: JSON.stringify(judgement).length + (options.rationale?.length ?? 0) + 1000 }
}

export function feedbackOf({ value, error }: FeedbackOptions): JsonObject {
  if (error === undefined) return { feedback: { value: capture(value ?? null, maxBytes) } }
  return { feedback: { error: { error_code: text(error.code), error_message: text(error.message) } } }
}

/** MLflow takes plain values as they are, and others as JSON in a string. */
export function expectationOf({ value }: ExpectationOptions): JsonObject {
  const captured = capture(value, maxBytes)
  if (typeof captured !== 'object' || captured === null) return { expectation: { value: captured } }
  const serialized_value = { serialization_format: 'JSON_FORMAT', value: JSON.stringify(captured) }
  return { expectation: { serialized_value } }
}
