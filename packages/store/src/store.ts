import type { Log } from '@voxtrace/model'
import { sql } from 'kysely'
import { Agreements } from './agreements.ts'
import { Assessments } from './assessments.ts'
import { Conversations } from './conversations.ts'
import { Dashboards } from './dashboard/dashboards.ts'
import { Database } from './database.ts'
import { DatasetRecords } from './dataset-records.ts'
import { EvaluationDatasets } from './evaluation-datasets.ts'
import { Experiments } from './experiments.ts'
import { Live } from './live.ts'
import { LoggedModels } from './logged-models.ts'
import { MetTraces } from './met-traces.ts'
import { Metrics } from './metrics.ts'
import { checkDatabase, migrate, whileAlone } from './migrate.ts'
import { ModelVersions } from './model-versions.ts'
import { Queue } from './queue.ts'
import { RecordingEnvelopes } from './recording-envelopes.ts'
import { Recordings } from './recordings.ts'
import { RegisteredModels } from './registered-models.ts'
import { Reviews } from './reviews.ts'
import { Runs } from './runs.ts'
import { Scorers } from './scorers.ts'
import { Search } from './search/search.ts'
import { Services } from './services.ts'
import { Sessions } from './sessions.ts'
import { Spans } from './spans.ts'
import { Summaries } from './summaries.ts'
import { TraceMetrics } from './trace-metrics.ts'
import { TracePrompts } from './trace-prompts.ts'
import { TraceReader } from './trace-reader.ts'
import { Traces } from './traces.ts'
import { TurnReader } from './turn-reader.ts'

/** Everything that Voxtrace keeps, in PostgreSQL. */
export interface Store {
  readonly experiments: Experiments
  readonly runs: Runs
  readonly metrics: Metrics
  readonly registeredModels: RegisteredModels
  readonly modelVersions: ModelVersions
  readonly loggedModels: LoggedModels
  readonly scorers: Scorers
  readonly evaluationDatasets: EvaluationDatasets
  readonly datasetRecords: DatasetRecords
  readonly traces: Traces
  readonly traceMetrics: TraceMetrics
  readonly tracePrompts: TracePrompts
  readonly traceReader: TraceReader
  readonly turnReader: TurnReader
  readonly spans: Spans
  readonly assessments: Assessments
  readonly recordings: Recordings
  readonly recordingEnvelopes: RecordingEnvelopes
  readonly summaries: Summaries
  readonly reviews: Reviews
  readonly agreements: Agreements
  readonly sessions: Sessions
  readonly conversations: Conversations
  readonly search: Search
  readonly dashboards: Dashboards
  readonly live: Live
  readonly queue: Queue
  readonly services: Services
  /** Resolves when the database answers. @throws VoxtraceError TEMPORARILY_UNAVAILABLE */
  check(): Promise<void>
  /** Finishes what is under way and disconnects. Idempotent. */
  close(): Promise<void>
}

export interface StoreOptions {
  databaseUrl: string
  log: Log
  /** How long the database may take to answer before it counts as away; 30 seconds unless given. */
  longestAnswerMs?: number
  /** How long a session of traces that each hold one turn must be quiet until it is judged; 2 minutes unless given. */
  sessionQuietMs?: number | undefined
}

/**
 * Connects to PostgreSQL 14 or later and brings its schema up to date, safely when several processes do so at once.
 *
 * @throws VoxtraceError with one sentence when the database is unreachable, refuses us, is too old, or belongs to a
 * newer Voxtrace
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, log, longestAnswerMs = 30_000, sessionQuietMs = 120_000 } = options
  await checkDatabase(databaseUrl)
  const database = Database.open(databaseUrl, log, { longestMs: longestAnswerMs })
  // For what nobody waits for, and what must not be broken off.
  const background = Database.open(databaseUrl, log, { connections: 2, longestMs: null })
  try {
    await migrate(background, log)
    const queue = await whileAlone(background, () => Queue.open(database, log))
    const live = new Live(database, databaseUrl, log)
    const search = new Search(database)
    const experiments = new Experiments(database, live)
    const met = new MetTraces()
    let closing: Promise<void> | undefined
    return {
      experiments,
      runs: new Runs(database, live, experiments),
      metrics: new Metrics(database),
      registeredModels: new RegisteredModels(database),
      modelVersions: new ModelVersions(database),
      loggedModels: new LoggedModels(database, experiments),
      scorers: new Scorers(database, experiments),
      evaluationDatasets: new EvaluationDatasets(database),
      datasetRecords: new DatasetRecords(database),
      traces: new Traces(database, live, met),
      traceMetrics: new TraceMetrics(database),
      tracePrompts: new TracePrompts(database, live),
      traceReader: new TraceReader(database),
      turnReader: new TurnReader(database, live),
      spans: new Spans(database, live, queue, met, sessionQuietMs),
      assessments: new Assessments(database, live),
      recordings: new Recordings(database, live),
      recordingEnvelopes: new RecordingEnvelopes(database),
      summaries: new Summaries(database, search),
      reviews: new Reviews(database),
      agreements: new Agreements(database),
      sessions: new Sessions(database),
      conversations: new Conversations(database),
      search,
      dashboards: new Dashboards(database, background, live, log),
      live,
      queue,
      services: new Services(database),
      check: async () => {
        await database.rows(sql`SELECT 1`)
      },
      close: () => {
        closing ??= (async () => {
          await queue.close()
          await live.close()
          await Promise.all([database.close(), background.close()])
        })()
        return closing
      },
    }
  } catch (error) {
    await Promise.all([database.close(), background.close()])
    throw error
  }
}
