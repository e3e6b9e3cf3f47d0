import { createHash } from 'node:crypto'
import type { Log } from '@voxtrace/model'
import { type Db, PgBoss } from 'pg-boss'
import type { Connection, Database } from './database.ts'

const judgeTurn = 'judge-turn'
const judgeConversation = 'judge-conversation'

/** One ended turn to judge. */
export interface TurnJob {
  /** `tr-` and 32 hex digits. */
  traceId: string
  /** The turn's span, 16 hex digits. */
  spanId: string
  /** Judge it anew, also where it has been judged. */
  again?: boolean
}

/** A trace that has ended and holds turns: a conversation, or the latest part of one. */
export interface ConversationJob {
  /** `tr-` and 32 hex digits. */
  traceId: string
  /** Judge it anew, also where it has been judged. */
  again?: boolean
}

/**
 * What ended longer ago was uploaded, and waits behind what people say now, as does what is judged once more; so a call that
 * goes on is judged at once although thousands of turns wait.
 */
const liveMs = 60_000
const behindLive = -1

/** How many jobs are written by a statement. */
const jobsPerStatement = 1_000

/** What each delivery tells beside its job. */
interface Delivery {
  jobId: string
  /** 0 at the first delivery. */
  retryCount: number
  /** Whether a failure of this delivery is the last: no other follows. */
  lastAttempt: boolean
  /** Aborted when the worker stops or the job expires. */
  signal: AbortSignal
}

export type TurnDelivery = TurnJob & Delivery
export type ConversationDelivery = ConversationJob & Delivery

export interface QueueWorker {
  /** Takes no new jobs and waits for those in hand. Idempotent. */
  stop(): Promise<void>
}

/** Of turns, or of conversations. */
export interface QueueState {
  /** Also for their session to be quiet, and to be tried again. */
  waiting: number
  active: number
  failed: number
}

const retryLimit = 5
const retries = {
  retryLimit,
  retryDelay: 2,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: 300,
  heartbeatSeconds: 15,
  deleteAfterSeconds: 7 * 24 * 3600,
}

/**
 * The durable queues of turns and of conversations to judge, in PostgreSQL.
 *
 * A job is delivered again when its handler throws (after 2, 4, 8 … seconds), and when the process that had it was
 * killed, which shows by its heartbeat within about 30 seconds. Jobs of one conversation may run in parallel.
 */
export class Queue {
  readonly #boss: PgBoss

  private constructor(boss: PgBoss) {
    this.#boss = boss
  }

  static async open(database: Database, log: Log): Promise<Queue> {
    const boss = new PgBoss({
      db: adapter(database),
      schedule: false,
      superviseIntervalSeconds: 10,
      monitorIntervalSeconds: 10,
      queueCacheIntervalSeconds: 10,
    })
    let lastToldMs = 0
    boss.on('error', (error) => {
      // While the database is away, every look for jobs fails.
      if (Date.now() - lastToldMs < 10_000) return
      lastToldMs = Date.now()
      log.warn('the queue met an error', { reason: error.message })
    })
    await boss.start()
    await boss.createQueue(judgeTurn, retries)
    await boss.createQueue(judgeConversation, retries)
    return new Queue(boss)
  }

  /** Enqueues turns in the given transaction. A turn that was enqueued before is left as it is. */
  async enqueueTurns(turns: (TurnJob & { endedMs: number })[], transaction: Connection): Promise<void> {
    if (turns.length === 0) return
    const jobs = turns.map(({ endedMs, ...turn }) => ({
      id: turnJobId(turn),
      data: turn,
      priority: priorityOf(endedMs),
    }))
    await this.#boss.insert(judgeTurn, jobs, { db: adapter(transaction) })
  }

  /**
   * Enqueues conversations in the given transaction, each to be delivered after so many milliseconds. One that was
   * enqueued before is left as it is.
   */
  async enqueueConversations(
    conversations: (ConversationJob & { endedMs: number; afterMs: number })[],
    transaction: Connection,
  ): Promise<void> {
    if (conversations.length === 0) return
    const now = Date.now()
    const jobs = conversations.map(({ endedMs, afterMs, ...job }) => ({
      id: conversationJobId(job),
      data: job,
      priority: priorityOf(endedMs),
      startAfter: new Date(now + afterMs),
    }))
    await this.#boss.insert(judgeConversation, jobs, { db: adapter(transaction) })
  }

  /** Enqueues turns once more, behind those of calls that go on, whatever became of them before. */
  async enqueueAgain(turns: TurnJob[]): Promise<void> {
    const jobs = turns.map((turn) => ({ id: turnJobId(turn), data: { ...turn, again: true } }))
    await this.#replace(judgeTurn, jobs)
  }

  /** Enqueues conversations once more, without a pause, like `enqueueAgain`. */
  async enqueueConversationsAgain(traceIds: string[]): Promise<void> {
    const jobs = traceIds.map((traceId) => ({
      id: conversationJobId({ traceId }),
      data: { traceId, again: true },
    }))
    await this.#replace(judgeConversation, jobs)
  }

  /** Hands each turn to `handler`, up to `concurrency` at once (default 4), looking for new ones twice a second. */
  workTurns(
    handler: (turn: TurnDelivery) => Promise<void>,
    options: { concurrency?: number } = {},
  ): Promise<QueueWorker> {
    return this.#work<TurnJob>(judgeTurn, handler, options.concurrency ?? 4)
  }

  /** Hands each conversation to `handler`, like `workTurns`. */
  workConversations(
    handler: (conversation: ConversationDelivery) => Promise<void>,
    options: { concurrency?: number } = {},
  ): Promise<QueueWorker> {
    return this.#work<ConversationJob>(judgeConversation, handler, options.concurrency ?? 2)
  }

  async #replace(queue: string, jobs: { id: string; data: object }[]): Promise<void> {
    for (let first = 0; first < jobs.length; first += jobsPerStatement) {
      const part = jobs.slice(first, first + jobsPerStatement)
      await this.#boss.deleteJob(
        queue,
        part.map(({ id }) => id),
      )
      await this.#boss.insert(
        queue,
        part.map((job) => ({ ...job, priority: behindLive })),
      )
    }
  }

  async #work<Job extends object>(
    queue: string,
    handler: (job: Job & Delivery) => Promise<void>,
    concurrency: number,
  ): Promise<QueueWorker> {
    const workerId = await this.#boss.work<Job>(
      queue,
      {
        pollingIntervalSeconds: 0.5,
        // A backlog is worked off without a pause after each job.
        burstWhenReadyExceeds: 1,
        localConcurrency: concurrency,
        includeMetadata: true,
        heartbeatRefreshSeconds: 5,
      },
      async (jobs) => {
        for (const job of jobs) {
          await handler({
            ...job.data,
            jobId: job.id,
            retryCount: job.retryCount,
            lastAttempt: job.retryCount >= retryLimit,
            signal: job.signal,
          })
        }
      },
    )
    let stopping: Promise<void> | undefined
    return {
      stop: () => {
        stopping ??= this.#boss.offWork(queue, { id: workerId, wait: true })
        return stopping
      },
    }
  }

  async state(): Promise<{ turns: QueueState; conversations: QueueState }> {
    const [turns, conversations] = await Promise.all([
      this.#stateOf(judgeTurn),
      this.#stateOf(judgeConversation),
    ])
    return { turns, conversations }
  }

  async #stateOf(name: string): Promise<QueueState> {
    const queue = await this.#boss.getQueue(name)
    return {
      waiting: queue?.queuedCount ?? 0,
      active: queue?.activeCount ?? 0,
      failed: queue?.failedCount ?? 0,
    }
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 30_000 })
  }
}

function priorityOf(endedMs: number): number {
  return Date.now() - endedMs < liveMs ? 0 : behindLive
}

/** The same for a turn whenever it is sent. */
function turnJobId({ traceId, spanId }: TurnJob): string {
  return jobId(`${judgeTurn}/${traceId}/${spanId}`)
}

function conversationJobId({ traceId }: ConversationJob): string {
  return jobId(`${judgeConversation}/${traceId}`)
}

/** A UUID (version 8, RFC 9562) of what the job is of. */
function jobId(of: string): string {
  const hex = createHash('sha256').update(of).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function adapter(connection: Connection): Db {
  return { executeSql: async (text, values) => ({ rows: await connection.text(text, values) }) }
}
