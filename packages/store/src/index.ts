export type { AssessmentChange, NewAssessment } from './assessments.ts'
export type { ConversationRoom, HeldConversation, HeldTurn } from './conversations.ts'
export {
  attachEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded/embedded.ts'
export type { NewExperiment } from './experiments.ts'
export type { LiveListener } from './live.ts'
export type { HistoryQuery, MetricInput, RunMetric } from './metrics.ts'
export { checkDatabase } from './migrate.ts'
export type { ConversationJob, QueueState, QueueWorker, TurnDelivery, TurnJob } from './queue.ts'
export type { RecordingCue } from './recording-envelopes.ts'
export type { ReviewItem, ReviewQuery, ReviewQueue } from './reviews.ts'
export type { NewRun, RunBatch } from './runs.ts'
export type { ExperimentQuery, Page, PageRequest, RunQuery, TraceQuery, ViewType } from './search/query.ts'
export type { ServiceReport } from './services.ts'
export type { Session } from './sessions.ts'
export type { SpanBatch } from './span-batch.ts'
export { openStore, type Store } from './store.ts'
export type { NewTrace, TraceDeletion } from './traces.ts'
export type { SpokenTexts } from './turn-reader.ts'
