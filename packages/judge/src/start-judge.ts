import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { loadEmbedder } from '@voxtrace/language'
import { criterionTitles, type JsonObject, judgementName, type Log, VoxtraceError } from '@voxtrace/model'
import { openStore, type Store } from '@voxtrace/store'
import type { Judge } from './judgement.ts'
import { Endpoint } from './llm/endpoint.ts'
import { createLlmJudge } from './llm/llm-judge.ts'
import { createOfflineJudge } from './offline/offline-judge.ts'
import { conversationRubrics, rubrics } from './rubrics/index.ts'
import type { AnyRubric } from './worker/assessment.ts'
import { judgeConversation } from './worker/judge-conversation.ts'
import { judgeTurn } from './worker/judge-turn.ts'
import { OneAtATime } from './worker/one-at-a-time.ts'

export interface LlmOptions {
  /** Of an OpenAI-compatible API, such as `https://api.openai.com/v1`. */
  baseUrl?: string | undefined
  /** Not needed where the endpoint asks for none. */
  apiKey?: string | null | undefined
  model?: string | undefined
}

export interface JudgeOptions {
  /** Of the tracking server's PostgreSQL. */
  databaseUrl: string
  /** The language model that judges; without it the offline judge works. */
  llm?: LlmOptions
  /** Turns judged at once offline, calls of the model at once with one. Default 2 offline, 8 with a model. */
  concurrency?: number
  log: Log
}

export interface RunningJudge {
  /** The model's name, or the offline judge's. */
  readonly model: string
  /** Finishes the turns in hand, or after a few seconds hands them back. Idempotent. */
  close(): Promise<void>
}

const openAiUrl = 'https://api.openai.com/v1'
const defaultModel = 'gpt-4o'
const heartbeatMs = 10_000
const graceMs = 5_000

/**
 * Starts judging the turns and conversations that the tracking server queues, those that wait already included. Any number of judges
 * may work on one database.
 *
 * Errors (`VoxtraceError`): the model's settings are wrong, the database cannot be reached.
 */
export async function startJudge(options: JudgeOptions): Promise<RunningJudge> {
  const { log } = options
  const chosen = options.llm ? llmJudge(options.llm, options.concurrency ?? 8) : null
  const store = await openStore({ databaseUrl: options.databaseUrl, log })
  try {
    const judge = chosen ?? (await offlineJudge(options.concurrency ?? 2, log))
    try {
      return await work(judge, store, log)
    } catch (error) {
      await judge.release()
      throw error
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function work(
  { judge, turnsAtOnce, details, release }: ChosenJudge,
  store: Store,
  log: Log,
): Promise<RunningJudge> {
  const leave = await announce(store, details, log)
  const closing = new AbortController()
  const untilClosed = (signal: AbortSignal) => AbortSignal.any([signal, closing.signal])
  const conversationsUnderWay = new OneAtATime()
  const workers = await Promise.all([
    store.queue.workTurns(
      (turn) => judgeTurn({ ...turn, signal: untilClosed(turn.signal) }, judge, store, log),
      { concurrency: turnsAtOnce },
    ),
    store.queue.workConversations((conversation) =>
      judgeConversation(
        { ...conversation, signal: untilClosed(conversation.signal) },
        judge,
        store,
        log,
        conversationsUnderWay,
      ),
    ),
  ])
  const stopWorkers = async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
  log.info(`judging with ${judge.source.id}`)
  let closed: Promise<void> | undefined
  return {
    model: judge.source.id,
    close: () => {
      closed ??= (async () => {
        try {
          await stopWithin(graceMs, stopWorkers(), () =>
            closing.abort(new Error('The judge is stopping; its work goes back to the queue.')),
          )
          await leave()
        } finally {
          await release()
          await store.close()
        }
      })()
      return closed
    },
  }
}

interface ChosenJudge {
  judge: Judge
  turnsAtOnce: number
  details: JsonObject
  release(): Promise<void>
}

async function offlineJudge(concurrency: number, log: Log): Promise<ChosenJudge> {
  const embedder = await loadEmbedder({ log })
  const judge = createOfflineJudge(embedder)
  return {
    judge,
    turnsAtOnce: concurrency,
    details: { kind: 'offline', model: judge.source.id, embeddingModel: embedder.model },
    release: () => embedder.close(),
  }
}

function llmJudge(options: LlmOptions, concurrency: number): ChosenJudge {
  const baseUrl = options.baseUrl || openAiUrl
  if (!URL.canParse(baseUrl) || !/^https?:$/u.test(new URL(baseUrl).protocol)) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The judge's base URL must be an http or https URL, such as ${openAiUrl}; it is '${baseUrl}'.`,
    )
  }
  if (!options.apiKey && new URL(baseUrl).hostname === 'api.openai.com') {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The judge needs an API key for ${baseUrl}. Set OPENAI_API_KEY, or give the base URL of an endpoint that asks for none.`,
    )
  }
  const model = options.model || defaultModel
  const endpoint = new Endpoint({ baseUrl, apiKey: options.apiKey || null, model, concurrency })
  return {
    judge: createLlmJudge(endpoint),
    turnsAtOnce: Math.max(2, Math.ceil(concurrency / 2)),
    details: { kind: 'llm', model, baseUrl },
    release: async () => {},
  }
}

function published({ criterion, question, levels }: AnyRubric): JsonObject {
  return {
    name: judgementName(criterion),
    title: criterionTitles[criterion],
    question,
    levels: [...levels],
  }
}

/** Shows the judge among the services until the returned function is called. */
async function announce(store: Store, details: JsonObject, log: Log): Promise<() => Promise<void>> {
  const report = {
    service: 'judge',
    instance: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
    // People who score by hand are shown the same questions and levels.
    details: {
      ...details,
      rubrics: rubrics.map(published),
      conversationRubrics: conversationRubrics.map(published),
    },
  }
  await store.services.report(report)
  const timer = setInterval(() => {
    store.services.report(report).catch((error: unknown) => {
      log.warn('the judge could not report that it is alive', { reason: String(error) })
    })
  }, heartbeatMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await store.services.leave(report.service, report.instance).catch((error: unknown) => {
      log.warn('the judge could not sign off', { reason: String(error) })
    })
  }
}

async function stopWithin(ms: number, stopped: Promise<void>, hurry: () => void): Promise<void> {
  const clock = new AbortController()
  const grace = wait(ms, 'late', { signal: clock.signal }).catch(() => 'cancelled')
  const first = await Promise.race([stopped.then(() => 'stopped'), grace])
  clock.abort()
  if (first === 'late') hurry()
  await stopped
}
