import { readFile } from 'node:fs/promises'
import { createClient } from '@voxtrace/client'
import { loadEmbedder } from '@voxtrace/language'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { defaults } from './agent/agent-settings.ts'
import { extractiveModel } from './agent/extractive-model.ts'
import type { LanguageModel } from './agent/language-model.ts'
import { openAiLanguageModel } from './agent/openai/language-model.ts'
import { recordNothing } from './agent/recorder.ts'
import type { Voices } from './agent/start-conversation.ts'
import { endBrokenOff, OngoingConversations } from './broken-off.ts'
import { startBotHttp } from './http/bot-http.ts'
import type { Knowledge } from './knowledge/knowledge.ts'
import { openKnowledge } from './knowledge/open-knowledge.ts'
import { startFlite } from './speech/flite.ts'
import { startMoonshine } from './speech/moonshine.ts'
import type { Endpoint } from './speech/openai/endpoint.ts'
import { openAiSynthesizer, type VoiceEndpoint } from './speech/openai/synthesizer.ts'
import { openAiTranscriber } from './speech/openai/transcriber.ts'
import type { Synthesizer } from './speech/synthesizer.ts'
import type { Transcriber } from './speech/transcriber.ts'
import { ensureSpeechWeights } from './speech/weights.ts'
import { experimentName, traceConversations } from './telemetry.ts'
import type { Call } from './transport/call.ts'
import { defaultVocabulary } from './vocabulary/default-vocabulary.ts'
import {
  createVocabulary,
  joinVocabularies,
  parseVocabulary,
  type Vocabulary,
} from './vocabulary/vocabulary.ts'

export interface BotOptions {
  host: string
  /** 0 takes a free port. */
  port: number
  /** Where conversations are recorded; null records none. */
  trackingUri: string | null
  /** Where weights and embeddings are kept. */
  cacheDirectory: string
  /** Where records wait that the tracking server could not take. */
  spillDirectory?: string
  /** Where conversations are noted while they go on, so that the next start ends those that a killed bot left open. */
  ongoingDirectory?: string
  /** A folder, a file or an http(s) URL of Markdown, text or HTML. */
  knowledge: string
  /** What the knowledge is of, as it is said aloud. */
  knowledgeName?: string
  chromaUrl?: string
  /** A JSON file of names and the ways they are misheard. */
  vocabulary?: string
  greeting?: string
  /** Whether the sound of conversations is kept with their traces. Default true. */
  recordSound?: boolean
  /** What is said before the greeting when the sound is kept. */
  recordingNotice?: string
  maxConversations?: number
  /** OpenAI-compatible endpoints; without them the bot works offline. */
  llm?: Endpoint
  stt?: Endpoint
  tts?: VoiceEndpoint
  /** Origins beside loopback ones whose pages may call. */
  allowedOrigins?: readonly string[]
  log: Log
}

export interface BotModels {
  stt: string
  llm: string
  tts: string
  embedding: string
}

export interface BotStatus {
  status: 'ready' | 'closing'
  models: BotModels
  knowledge: { source: string; passages: number; embedded: number }
  conversations: { active: number; max: number; total: number }
}

export interface Bot {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  readonly models: BotModels
  status(): BotStatus
  /** Ends the conversations, delivers their records, and stops. May be called again. */
  close(): Promise<void>
}

const defaultGreeting = (subject: string | null) =>
  `Hello! Ask me anything about ${subject ?? 'my documents'}.`
const transcriptionWorkers = 2
const deliveryDeadlineMs = 8_000

/** What has been started, ended in the opposite order. */
class Closers {
  readonly #closers: (() => Promise<void>)[] = []

  add<T extends { close(): Promise<void> }>(part: T): T {
    this.#closers.push(() => part.close())
    return part
  }

  addStep(close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  async closeAll(log: Log): Promise<void> {
    for (const close of this.#closers.splice(0).reverse())
      await close().catch((error: unknown) =>
        log.error(
          `closing a part of the bot failed: ${error instanceof Error ? error.message : String(error)}`,
        ),
      )
  }
}

/** Calls `ready` when all that is left is done by other threads, or has failed. */
async function openTranscriber(options: BotOptions, ready: () => void): Promise<Transcriber> {
  const { stt, cacheDirectory, log } = options
  if (stt) {
    ready()
    return openAiTranscriber(stt, defaults.transcriptionTimeoutMs)
  }
  const directory = await ensureSpeechWeights({ directory: cacheDirectory, log }).finally(ready)
  return startMoonshine({ directory, workers: transcriptionWorkers, log })
}

async function openVocabulary(path: string | undefined): Promise<Vocabulary> {
  if (!path) return createVocabulary(defaultVocabulary)
  const json = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `The vocabulary ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}. Name a JSON file.`,
      { cause: error },
    )
  })
  return createVocabulary(joinVocabularies(defaultVocabulary, parseVocabulary(json, path)))
}

function languageModelOf({ llm, knowledgeName }: BotOptions, { subject }: Knowledge): LanguageModel {
  return llm
    ? openAiLanguageModel(llm, defaults.firstTokenTimeoutMs)
    : extractiveModel({ subject, ...(knowledgeName ? { knowledgeName } : {}) })
}

/**
 * Starts the voice bot; resolves when it takes calls.
 * @throws when the knowledge cannot be read, the speech weights cannot be fetched, or the port is taken
 */
export async function startBot(options: BotOptions): Promise<Bot> {
  const closers = new Closers()
  try {
    return await assemble(options, closers)
  } catch (error) {
    await closers.closeAll(options.log)
    throw error
  }
}

async function assemble(options: BotOptions, closers: Closers): Promise<Bot> {
  const { log, host, port, trackingUri, cacheDirectory, knowledge: source } = options
  const maxConversations = options.maxConversations ?? defaults.maxConversations
  const recordSound = options.recordSound ?? true
  const notice = trackingUri && recordSound && options.recordingNotice ? [options.recordingNotice] : []
  const vocabulary = await openVocabulary(options.vocabulary)
  const client = trackingUri
    ? createClient({
        trackingUri,
        experimentName,
        log,
        resource: { 'service.name': 'voxtrace-bot' },
        ...(options.spillDirectory ? { spillDirectory: options.spillDirectory } : {}),
      })
    : null
  if (client) closers.addStep(() => client.shutdown({ deadlineMs: deliveryDeadlineMs }))
  // The models load on threads of their own while this one loads LiveKit and WebRTC, which takes as long and keeps it
  // from all else: so that comes after the look at the weights, before which no thread could begin with them.
  const looked = Promise.withResolvers<void>()
  const [embedder, transcriber, flite, { converse, createCalls }] = await Promise.all([
    loadEmbedder({ log }).then((part) => closers.add(part)),
    openTranscriber(options, looked.resolve).then((part) => closers.add(part)),
    startFlite({ log }).then((part) => closers.add(part)),
    looked.promise.then(() => import('./calling.ts')),
  ])
  const knowledge = closers.add(
    await openKnowledge({ source, cacheDirectory, embedder, chromaUrl: options.chromaUrl, log }),
  )
  const synthesizer: Synthesizer = options.tts
    ? openAiSynthesizer(options.tts, defaults.voiceTimeoutMs)
    : flite
  const languageModel = languageModelOf(options, knowledge)
  const models: BotModels = {
    stt: transcriber.model,
    llm: languageModel.model,
    tts: synthesizer.model,
    embedding: knowledge.embeddingModel,
  }
  const ongoing = options.ongoingDirectory
    ? new OngoingConversations({ directory: options.ongoingDirectory, log })
    : null
  const voices: Voices = {
    transcriber,
    synthesizer,
    fallback: flite,
    languageModel,
    knowledge,
    correct: (raw) => vocabulary.correctTranscript(raw).text,
    recorder:
      client && trackingUri
        ? traceConversations({ client, trackingUri, recordSound, log, ...(ongoing ? { ongoing } : {}) })
        : recordNothing,
    greeting: [...notice, options.greeting ?? defaultGreeting(knowledge.subject)].join(' '),
    params: {
      'stt.model': models.stt,
      'llm.model': models.llm,
      'tts.model': models.tts,
      'rag.embedding_model': models.embedding,
      'rag.source': source,
      'rag.top_k': defaults.topK,
    },
    log,
  }
  if (trackingUri && ongoing) void endBrokenOff({ ongoing, trackingUri, log })
  const running = new Set<Promise<void>>()
  let total = 0
  let closing = false
  const onCall = (call: Call) => {
    total += 1
    const conversation = converse(call, voices).finally(() => running.delete(conversation))
    running.add(conversation)
  }
  const calls = createCalls({ onCall, maxCalls: maxConversations, log })
  closers.addStep(async () => {
    await calls.close()
    await Promise.all(running)
  })
  const status = (): BotStatus => ({
    status: closing ? 'closing' : 'ready',
    models,
    knowledge: { source, passages: knowledge.size, embedded: knowledge.embedded },
    conversations: { active: running.size, max: maxConversations, total },
  })
  const http = closers.add(
    await startBotHttp({ calls, status, host, port, allowedOrigins: options.allowedOrigins ?? [], log }),
  )
  log.info(`the bot takes calls at ${http.url}`, { ...models })
  let closed: Promise<void> | null = null
  return {
    url: http.url,
    models,
    status,
    close() {
      closing = true
      closed ??= closers.closeAll(log)
      return closed
    },
  }
}
