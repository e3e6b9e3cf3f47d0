import type { Json } from '@voxtrace/model'
import * as z from 'zod/mini'
import { sendJson } from './request.ts'

/** What a person says of a turn, or, without a span, of a whole conversation. */
export interface PersonalAssessment {
  traceId: string
  spanId: string | null
  name: string
  kind: 'feedback' | 'expectation'
  /** Who says it. */
  sourceId: string
  value: Json
  rationale: string | null
}

const answer = z.object({ assessment: z.object({ assessment_id: z.string() }) })

/** Writes an assessment from a person and resolves with its id. Throws `RequestFailure`. */
export async function createAssessment(assessment: PersonalAssessment): Promise<string> {
  const { traceId, spanId, name, sourceId, rationale } = assessment
  const written = await sendJson(
    'POST',
    pathOf(traceId),
    {
      assessment: {
        assessment_name: name,
        trace_id: traceId,
        ...(spanId !== null && { span_id: spanId }),
        source: { source_type: 'HUMAN', source_id: sourceId },
        ...valueMessage(assessment),
        ...(rationale !== null && { rationale }),
      },
    },
    answer,
  )
  return written.assessment.assessment_id
}

/** Changes the value and the rationale of an assessment. Throws `RequestFailure`. */
export async function updateAssessment(assessmentId: string, assessment: PersonalAssessment): Promise<void> {
  await sendJson(
    'PATCH',
    pathOf(assessment.traceId, assessmentId),
    {
      assessment: { ...valueMessage(assessment), rationale: assessment.rationale },
      update_mask: `${assessment.kind},rationale`,
    },
    answer,
  )
}

/** Takes an assessment back. Throws `RequestFailure`. */
export async function deleteAssessment(traceId: string, assessmentId: string): Promise<void> {
  await sendJson('DELETE', pathOf(traceId, assessmentId), {}, z.object({}))
}

function pathOf(traceId: string, assessmentId?: string): string {
  const list = `/ajax-api/3.0/mlflow/traces/${encodeURIComponent(traceId)}/assessments`
  return assessmentId === undefined ? list : `${list}/${encodeURIComponent(assessmentId)}`
}

function valueMessage({ kind, value }: PersonalAssessment): object {
  return kind === 'feedback' ? { feedback: { value } } : { expectation: { value } }
}
