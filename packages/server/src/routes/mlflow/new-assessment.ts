import type { mlflow } from '@voxtrace/protocol'
import type { NewAssessment } from '@voxtrace/store'
import type { z } from 'zod'

/** An assessment for the store, from MLflow's message. */
export function newAssessment(
  traceId: string,
  message: z.output<typeof mlflow.assessmentMessageSchema>,
): NewAssessment {
  return {
    traceId,
    name: message.assessment_name,
    source: { type: message.source.source_type, id: message.source.source_id },
    spanId: message.span_id ?? null,
    rationale: message.rationale ?? null,
    overrides: message.overrides ?? null,
    ...(message.feedback != null
      ? { kind: 'feedback', value: message.feedback.value ?? null, error: message.feedback.error ?? null }
      : { kind: 'expectation', value: message.expectation?.value ?? null }),
    ...(message.assessment_id === undefined ? {} : { assessmentId: message.assessment_id }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.valid === undefined ? {} : { valid: message.valid }),
    ...(message.create_time === undefined ? {} : { createTimeMs: message.create_time }),
    ...(message.last_update_time === undefined ? {} : { lastUpdateTimeMs: message.last_update_time }),
  }
}
