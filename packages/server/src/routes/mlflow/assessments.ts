import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { AssessmentChange, Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { jsonOf } from '../../bodies.ts'
import { newAssessment } from './new-assessment.ts'

const traceInPath = z.object({ trace_id: z.string().min(1) })
const bothInPath = traceInPath.extend({ assessment_id: z.string().min(1) })

export function assessmentRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  const { assessments } = store

  app.post(`${base}/traces/:trace_id/assessments`, async (request) => {
    const { trace_id } = mlflow.readRequest(traceInPath, request.params)
    const { assessment } = mlflow.readRequest(mlflow.createAssessment, jsonOf(request))
    const created = await assessments.create(newAssessment(trace_id, assessment))
    return { assessment: mlflow.assessmentMessage(created) }
  })

  const one = `${base}/traces/:trace_id/assessments/:assessment_id`

  app.get(one, async (request) => {
    const { trace_id, assessment_id } = mlflow.readRequest(bothInPath, request.params)
    return { assessment: mlflow.assessmentMessage(await assessments.get(trace_id, assessment_id)) }
  })

  app.patch(one, async (request) => {
    const { trace_id, assessment_id } = mlflow.readRequest(bothInPath, request.params)
    const change = changeOf(mlflow.readRequest(mlflow.updateAssessment, jsonOf(request)))
    return { assessment: mlflow.assessmentMessage(await assessments.update(trace_id, assessment_id, change)) }
  })

  app.delete(one, async (request) => {
    const { trace_id, assessment_id } = mlflow.readRequest(bothInPath, request.params)
    await assessments.delete(trace_id, assessment_id)
    return {}
  })
}

/** What the mask names is changed, and nothing else. */
function changeOf({ assessment, update_mask }: z.output<typeof mlflow.updateAssessment>): AssessmentChange {
  const change: AssessmentChange = {}
  for (const path of update_mask.split(',').map((part) => part.trim())) {
    switch (path) {
      case 'assessment_name':
      case 'assessmentName':
        if (assessment.assessment_name !== undefined) change.name = assessment.assessment_name
        break
      case 'feedback':
        change.kind = 'feedback'
        change.value = assessment.feedback?.value ?? null
        change.error = assessment.feedback?.error ?? null
        break
      case 'expectation':
        change.kind = 'expectation'
        change.value = assessment.expectation?.value ?? null
        break
      case 'rationale':
        change.rationale = assessment.rationale ?? null
        break
      case 'metadata':
        change.metadata = assessment.metadata ?? {}
        break
      case 'valid':
        change.valid = assessment.valid ?? false
        break
      default:
        throw new VoxtraceError(
          'INVALID_PARAMETER_VALUE',
          `Invalid value ${path} for parameter 'update_mask' supplied. It may name assessment_name, expectation, feedback, rationale, metadata and valid`,
        )
    }
  }
  return change
}
