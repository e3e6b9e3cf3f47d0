/** Readers of what the server sends, one for each type of the model that the pages show. */
import type { Assessment, Json, JsonObject, TraceInfo, TraceSummary, TurnLatency } from '@voxtrace/model'
import type { SpanJson } from '@voxtrace/protocol'
import * as z from 'zod/mini'

/** Anything inside parsed JSON is JSON already. */
const json = z.custom<Json>(() => true)
const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)
const nullableString = z.nullable(z.string())
const nullableNumber = z.nullable(z.number())
const strings = z.record(z.string(), z.string())

const assessmentBase = {
  assessmentId: z.string(),
  name: z.string(),
  traceId: z.string(),
  spanId: nullableString,
  source: z.object({ type: z.enum(['HUMAN', 'LLM_JUDGE', 'CODE']), id: z.string() }),
  createTimeMs: z.number(),
  lastUpdateTimeMs: z.number(),
  rationale: nullableString,
  metadata: strings,
  overrides: nullableString,
  valid: z.boolean(),
  value: json,
}

const assessmentError = z.pipe(
  z.object({ code: z.string(), message: z.string(), stackTrace: z.optional(z.string()) }),
  z.transform(({ code, message, stackTrace }) => ({
    code,
    message,
    ...(stackTrace !== undefined && { stackTrace }),
  })),
)

const assessment: z.ZodMiniType<Assessment> = z.discriminatedUnion('kind', [
  z.object({ ...assessmentBase, kind: z.literal('feedback'), error: z.nullable(assessmentError) }),
  z.object({ ...assessmentBase, kind: z.literal('expectation') }),
])

const traceFacts = {
  traceId: z.string(),
  experimentId: z.string(),
  clientRequestId: nullableString,
  requestTimeMs: z.number(),
  executionDurationMs: nullableNumber,
  state: z.enum(['STATE_UNSPECIFIED', 'IN_PROGRESS', 'OK', 'ERROR']),
  requestPreview: nullableString,
  responsePreview: nullableString,
  metadata: strings,
  tags: strings,
}

export const traceInfo: z.ZodMiniType<TraceInfo> = z.object({
  ...traceFacts,
  assessments: z.array(assessment),
})

const latencyParts = z.custom<TurnLatency['parts']>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((part) => typeof part === 'number'),
)

export const traceSummary: z.ZodMiniType<TraceSummary> = z.object({
  info: z.object(traceFacts),
  spanCount: z.number(),
  errorCount: z.number(),
  turnCount: z.number(),
  interruptedCount: z.number(),
  firstUserText: nullableString,
  slowestTurn: z.nullable(
    z.object({ voiceToVoiceMs: nullableNumber, parts: latencyParts, number: z.number() }),
  ),
  medianVoiceToVoiceMs: nullableNumber,
  totalTokens: nullableNumber,
  totalCost: nullableNumber,
  scores: z.array(
    z.object({
      name: z.string(),
      mean: nullableNumber,
      lowest: nullableNumber,
      count: z.number(),
      errors: z.number(),
    }),
  ),
})

const status = z.object({ code: z.enum(['UNSET', 'OK', 'ERROR']), message: z.string() })

/** Spans are many: payloads pass unread, only what the page computes with is checked. */
export const spanJson: z.ZodMiniType<SpanJson> = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: nullableString,
  name: z.string(),
  kind: z.enum(['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: nullableString,
  status,
  attributes: jsonObject,
  events: z.array(
    z.object({
      name: z.string(),
      timeUnixNano: z.string(),
      attributes: jsonObject,
      droppedAttributesCount: z.number(),
    }),
  ),
  links: z.array(
    z.object({
      traceId: z.string(),
      spanId: z.string(),
      traceState: z.string(),
      attributes: jsonObject,
      droppedAttributesCount: z.number(),
    }),
  ),
  traceState: z.string(),
  droppedAttributesCount: z.number(),
  droppedEventsCount: z.number(),
  droppedLinksCount: z.number(),
  resource: jsonObject,
  scope: z.object({ name: z.string(), version: z.string(), attributes: jsonObject }),
})

/** MLflow's REST sends 64-bit integers as numbers or as decimal strings. */
export const int64 = z.pipe(z.union([z.number(), z.string()]), z.transform(Number))
