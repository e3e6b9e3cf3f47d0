import type { TraceInfo } from '@voxtrace/model'
import { z } from 'zod'
import { assessmentMessage, assessmentMessageSchema } from './assessments.ts'
import { tagMessages } from './experiments.ts'
import {
  boolean,
  integer,
  keyValue,
  maxResults,
  optionalInteger,
  optionalText,
  requiredText,
  requiredTexts,
  texts,
} from './request.ts'
import { duration, durationMessage, timestamp, timestampMessage, timestampMs } from './times.ts'

const stringMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {})

const location = z.object({
  type: z.string().nullish(),
  mlflow_experiment: z.object({ experiment_id: requiredText }).nullish(),
})

const traceInfo = z.object({
  trace_id: requiredText.max(250),
  client_request_id: optionalText,
  trace_location: z.object({
    type: z.string().nullish(),
    mlflow_experiment: z.object({ experiment_id: requiredText }),
  }),
  request_preview: optionalText,
  response_preview: optionalText,
  request_time: timestamp,
  execution_duration: duration.nullish().transform((ms) => ms ?? undefined),
  state: z
    .enum(['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'])
    .nullish()
    .transform((state) => state ?? 'STATE_UNSPECIFIED'),
  trace_metadata: stringMap,
  tags: stringMap,
  assessments: z
    .array(assessmentMessageSchema)
    .nullish()
    .transform((list) => list ?? []),
})

export const startTrace = z.object({ trace: z.object({ trace_info: traceInfo }) })
export const getTrace = z.object({ trace_id: requiredText, allow_partial: boolean })
export const batchGetTraces = z.object({ trace_ids: requiredTexts, experiment_ids: texts })
export const searchTraces = z.object({
  locations: z.array(location),
  filter: optionalText,
  max_results: maxResults(100, 500),
  order_by: texts,
  page_token: optionalText,
})
export const searchTracesV2 = z.object({
  experiment_ids: requiredTexts,
  filter: optionalText,
  max_results: maxResults(100, 500),
  order_by: texts,
  page_token: optionalText,
})
export const deleteTraces = z.object({
  experiment_id: requiredText,
  max_timestamp_millis: optionalInteger,
  max_traces: optionalInteger,
  request_ids: texts,
})
export const traceTag = z.object({
  key: requiredText,
  value: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
})
export const traceTagKey = z.object({ key: requiredText })
export const linkTracesToRun = z.object({ trace_ids: requiredTexts, run_id: requiredText })
export const linkPrompts = z.object({
  trace_id: requiredText,
  prompt_versions: z
    .array(z.object({ name: requiredText, version: integer.transform(String) }))
    .nullish()
    .transform((list) => list ?? []),
})
export const startTraceV2 = z.object({
  experiment_id: requiredText,
  timestamp_ms: timestampMs,
  request_metadata: z
    .array(keyValue)
    .nullish()
    .transform((list) => list ?? []),
  tags: z
    .array(keyValue)
    .nullish()
    .transform((list) => list ?? []),
})
export const endTraceV2 = z.object({
  timestamp_ms: timestampMs,
  status: z.enum(['TRACE_STATUS_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS']),
  request_metadata: z
    .array(keyValue)
    .nullish()
    .transform((list) => list ?? []),
  tags: z
    .array(keyValue)
    .nullish()
    .transform((list) => list ?? []),
})

/** MLflow's TraceInfoV3. */
export function traceInfoMessage(info: TraceInfo) {
  return {
    trace_id: info.traceId,
    ...(info.clientRequestId === null ? {} : { client_request_id: info.clientRequestId }),
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: info.experimentId } },
    ...(info.requestPreview === null ? {} : { request_preview: info.requestPreview }),
    ...(info.responsePreview === null ? {} : { response_preview: info.responsePreview }),
    request_time: timestampMessage(info.requestTimeMs),
    ...(info.executionDurationMs === null
      ? {}
      : { execution_duration: durationMessage(info.executionDurationMs) }),
    state: info.state,
    trace_metadata: info.metadata,
    tags: info.tags,
    ...(info.assessments.length === 0 ? {} : { assessments: info.assessments.map(assessmentMessage) }),
  }
}

/** MLflow's TraceInfo of API version 2. */
export function traceInfoV2Message(info: TraceInfo) {
  return {
    request_id: info.traceId,
    experiment_id: info.experimentId,
    timestamp_ms: info.requestTimeMs,
    ...(info.executionDurationMs === null ? {} : { execution_time_ms: info.executionDurationMs }),
    status: info.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : info.state,
    request_metadata: tagMessages(info.metadata),
    tags: tagMessages(info.tags),
  }
}
