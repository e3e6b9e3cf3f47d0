import type { Assessment } from '@voxtrace/model'
import { openStore, type Store } from '@voxtrace/store'
import { createTestDatabase, silentLog, type TestDatabase, takeFromKilled } from '@voxtrace/store/testing'
import { expect, vi } from 'vitest'
import { conversationRubrics, rubrics } from '../rubrics/index.ts'
import { type LlmOptions, type RunningJudge, startJudge } from '../start-judge.ts'
import type { SpanTree, SpokenTurn } from './conversation-spans.ts'
import { subjectWith } from './subject.ts'

/** A database with a run to which conversations are recorded and judged. */
export class JudgedDatabase {
  readonly store: Store
  readonly runId: string
  readonly #database: TestDatabase
  readonly #experimentId: string
  readonly #judges: RunningJudge[] = []

  private constructor(database: TestDatabase, store: Store, experimentId: string, runId: string) {
    this.#database = database
    this.store = store
    this.#experimentId = experimentId
    this.runId = runId
  }

  static async create(options: { sessionQuietMs?: number } = {}): Promise<JudgedDatabase> {
    const database = await createTestDatabase()
    const store = await openStore({ databaseUrl: database.databaseUrl, log: silentLog, ...options })
    const experimentId = await store.experiments.create({ name: 'voice-bot' })
    const run = await store.runs.create({ experimentId })
    return new JudgedDatabase(database, store, experimentId, run.info.runId)
  }

  get databaseUrl(): string {
    return this.#database.databaseUrl
  }

  async startJudge(llm?: LlmOptions): Promise<RunningJudge> {
    const judge = await startJudge({
      databaseUrl: this.databaseUrl,
      ...(llm && { llm: { baseUrl: llm.baseUrl, model: 'fake-model' } }),
      log: silentLog,
    })
    this.#judges.push(judge)
    return judge
  }

  async record(tree: SpanTree, spans = tree.all): Promise<void> {
    await this.store.spans.record({ experimentId: this.#experimentId, spans, runId: this.runId })
  }

  async assessmentsOf(tree: SpanTree): Promise<Assessment[]> {
    return (await this.store.assessments.ofTraces([tree.traceId])).get(tree.traceId) ?? []
  }

  /** Waits until as many judgements stand. */
  judged(tree: SpanTree, count = rubrics.length): Promise<Assessment[]> {
    return vi.waitFor(
      async () => {
        const found = await this.assessmentsOf(tree)
        expect(found.filter((each) => each.metadata['judge.retry'] === 'none')).toHaveLength(count)
        return found
      },
      { timeout: 60_000, interval: 50 },
    )
  }

  /** Waits until as many judgements of the conversation stand. */
  conversationJudged(tree: SpanTree, count = conversationRubrics.length): Promise<Assessment[]> {
    return vi.waitFor(
      async () => {
        const found = (await this.assessmentsOf(tree)).filter(({ spanId }) => spanId === null)
        expect(found.filter((each) => each.metadata['judge.retry'] === 'none')).toHaveLength(count)
        return found
      },
      { timeout: 60_000, interval: 50 },
    )
  }

  /** Has the queue find that the judges that had jobs were last heard of a minute ago. */
  async passMinute(): Promise<void> {
    await this.#database.run("UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute'")
    await takeFromKilled(this.databaseUrl)
  }

  async history(key: string) {
    return (await this.store.metrics.historyPage({ runIds: [this.runId], key, maxResults: 100 })).items
  }

  async close(): Promise<void> {
    await Promise.all(this.#judges.splice(0).map((judge) => judge.close()))
    await this.store.close()
    await this.#database.drop()
  }
}

/** A turn with a faithful answer to its question. */
export function goodTurn(number: number): SpokenTurn {
  const { question, answer, documents } = subjectWith()
  return {
    number,
    userText: question,
    agentText: answer,
    documents: documents.map(({ title, text }) => ({ title: title ?? '', text })),
  }
}
