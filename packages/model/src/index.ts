export * from './agreement.ts'
export * from './assessment.ts'
export type { SpanRole } from './conventions/convention.ts'
export { conversationAttributes, conversationSpanNames } from './conventions/conversation-names.ts'
export { mlflowAttributes, type SpanType, spanTypes } from './conventions/mlflow.ts'
export * as voxtrace from './conventions/voxtrace.ts'
export * from './conversation.ts'
export * from './criterion.ts'
export * from './errors.ts'
export * from './evaluation-dataset.ts'
export * from './experiment.ts'
export * from './json.ts'
export * from './latency.ts'
export * from './list-order.ts'
export * from './log.ts'
export * from './logged-model.ts'
export {
  ConversationReader,
  isTurnSpan,
  namesOfTellingSpans,
  placeTurns,
  readConversation,
  readPlacedTurns,
  turnNumbers,
} from './read-conversation.ts'
export {
  firstOutputMs,
  modelCost,
  modelName,
  retrievedDocuments,
  sessionId,
  spanInputs,
  spanOutputs,
  spanRole,
  spanType,
  tokenUsage,
  userId,
} from './read-span.ts'
export * from './recording.ts'
export * from './registered-model.ts'
export * from './run.ts'
export { haveSameItems } from './same-items.ts'
export * from './scorer.ts'
export * from './span.ts'
export { attributesByType, withoutPayload } from './span-outline.ts'
export * from './summary.ts'
export { textPreview } from './text-preview.ts'
export * from './trace.ts'
export { type PlacedTurn, spansOfTurn } from './turn-spans.ts'
