import type { Assessment, Json } from '@voxtrace/model'
import { z } from 'zod'
import { optionalText, requiredText } from './request.ts'
import { timestamp, timestampMessage } from './times.ts'

const json: z.ZodType<Json> = z.json()

const stringMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? undefined)

const feedbackError = z
  .object({
    error_code: z.string(),
    error_message: z
      .string()
      .nullish()
      .transform((text) => text ?? ''),
    stack_trace: optionalText,
  })
  .transform((error) => ({
    code: error.error_code,
    message: error.error_message,
    ...(error.stack_trace === undefined ? {} : { stackTrace: error.stack_trace }),
  }))

const feedback = z.object({ value: json.optional(), error: feedbackError.nullish() })

const expectation = z
  .object({
    value: json.optional(),
    serialized_value: z.object({ serialization_format: z.string().optional(), value: z.string() }).nullish(),
  })
  .transform(({ value, serialized_value }, context): { value: Json } => {
    if (serialized_value == null) {
      if (value !== undefined && value !== null) return { value }
      context.addIssue({ code: 'custom', message: 'The `value` field must be specified.' })
      return z.NEVER
    }
    try {
      return { value: JSON.parse(serialized_value.value) }
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'Its serialized_value is not JSON',
        path: ['serialized_value', 'value'],
      })
      return z.NEVER
    }
  })

const fields = {
  assessment_id: optionalText,
  trace_id: optionalText,
  span_id: optionalText,
  create_time: timestamp.nullish().transform((time) => time ?? undefined),
  last_update_time: timestamp.nullish().transform((time) => time ?? undefined),
  feedback: feedback.nullish(),
  expectation: expectation.nullish(),
  rationale: optionalText,
  metadata: stringMap,
  overrides: optionalText,
  valid: z
    .boolean()
    .nullish()
    .transform((valid) => valid ?? undefined),
}

const source = z.object({
  source_type: z
    .enum(['HUMAN', 'LLM_JUDGE', 'CODE', 'AI_JUDGE', 'SOURCE_TYPE_UNSPECIFIED'])
    .transform((type) =>
      type === 'AI_JUDGE' ? 'LLM_JUDGE' : type === 'SOURCE_TYPE_UNSPECIFIED' ? 'CODE' : type,
    ),
  source_id: z
    .string()
    .nullish()
    .transform((id) => id ?? 'default'),
})

const name = requiredText.max(250)

/** An assessment as a client sends it. */
export const assessmentMessageSchema = z
  .object({ ...fields, assessment_name: name, source })
  .refine((message) => (message.feedback == null) !== (message.expectation == null), {
    error: 'Exactly one of feedback and expectation must be given',
    path: ['feedback'],
  })

export const createAssessment = z.object({ assessment: assessmentMessageSchema })

export const updateAssessment = z.object({
  assessment: z.object({ ...fields, assessment_name: optionalText, source: source.nullish() }),
  update_mask: z.string().min(1),
})

/** MLflow's Assessment. */
export function assessmentMessage(assessment: Assessment) {
  return {
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    ...(assessment.spanId === null ? {} : { span_id: assessment.spanId }),
    source: { source_type: assessment.source.type, source_id: assessment.source.id },
    create_time: timestampMessage(assessment.createTimeMs),
    last_update_time: timestampMessage(assessment.lastUpdateTimeMs),
    ...valueMessage(assessment),
    ...(assessment.rationale === null ? {} : { rationale: assessment.rationale }),
    ...(Object.keys(assessment.metadata).length === 0 ? {} : { metadata: assessment.metadata }),
    ...(assessment.overrides === null ? {} : { overrides: assessment.overrides }),
    valid: assessment.valid,
  }
}

function valueMessage(assessment: Assessment) {
  if (assessment.kind === 'expectation') return { expectation: expectationMessage(assessment.value) }
  const { error, value } = assessment
  return {
    feedback: {
      value,
      ...(error === null
        ? {}
        : {
            error: {
              error_code: error.code,
              error_message: error.message,
              ...(error.stackTrace === undefined ? {} : { stack_trace: error.stackTrace }),
            },
          }),
    },
  }
}

/** Protobuf's Value holds plain values; MLflow's clients read lists and objects from `serialized_value`. */
function expectationMessage(value: Json) {
  if (typeof value !== 'object' || value === null) return { value }
  return { serialized_value: { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) } }
}
