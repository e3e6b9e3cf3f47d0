import type { Client, LiveSpan, Run } from '@voxtrace/client'
import { RecordingUpload } from '@voxtrace/client/recordings'
import {
  type JsonObject,
  type Log,
  latencyParts,
  mlflowAttributes,
  type SpanType,
  traceMetadata,
  voxtrace,
} from '@voxtrace/model'
import { z } from 'zod'
import type {
  ConversationFacts,
  ConversationIds,
  ConversationRecorder,
  Recorder,
  SoundRecorder,
  StageEnd,
  StageName,
  StageRecorder,
  StageStart,
  TurnRecorder,
  TurnSummary,
} from './agent/recorder.ts'
import type { OngoingConversations } from './broken-off.ts'

const { attributes, spanNames } = voxtrace

/** The experiment that conversations are recorded in. */
export const experimentName = 'voice-bot'

const nanosecondsPerMs = 1_000_000
const longestWaitForIdsMs = 3_000
const longestPreview = 1_000
const longestWaitForSoundMs = 3_000

const spanTypes: Readonly<Record<StageName, SpanType>> = {
  user_speech: 'TASK',
  end_of_utterance: 'TASK',
  speech_to_text: 'TASK',
  rag_retrieval: 'RETRIEVER',
  llm_generation: 'CHAT_MODEL',
  text_to_speech: 'TASK',
  agent_speech: 'TASK',
}

/** Attributes of stages that are also metrics of the run. */
const stageMetrics: ReadonlySet<string> = new Set([
  attributes.sttLatencyMs,
  attributes.ragRetrievalTimeMs,
  attributes.ragNumDocsRetrieved,
  attributes.llmTtftMs,
  attributes.llmInterTokenLatencyMs,
  attributes.llmPromptTokens,
  attributes.llmCompletionTokens,
  attributes.llmTotalTokens,
  attributes.llmTokensPerSecond,
  attributes.ttsTtfbMs,
])
/** Of these the first of a turn counts, of the others the last. */
const firstCounts: ReadonlySet<string> = new Set([attributes.ttsTtfbMs])

const toNs = (ms: number) => Math.round(ms * nanosecondsPerMs)

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function fail(span: LiveSpan, error: unknown): void {
  span.recordException(error)
  span.setStatus('ERROR', messageOf(error))
}

/** MLflow's own names for what its clients read off a chat model's span. */
function chatAttributes(ended: Record<string, unknown>): Record<string, unknown> {
  const model = ended[attributes.llmModel]
  const total = ended[attributes.llmTotalTokens]
  return {
    ...(model === undefined ? {} : { [mlflowAttributes.llmModel]: model }),
    ...(total === undefined
      ? {}
      : {
          [mlflowAttributes.chatTokenUsage]: {
            input_tokens: ended[attributes.llmPromptTokens],
            output_tokens: ended[attributes.llmCompletionTokens],
            total_tokens: total,
          },
        }),
  }
}

/** The values that the turns of a conversation gave each metric. */
class MetricSeries {
  readonly #values = new Map<string, number[]>()

  add(metrics: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(metrics)) {
      const values = this.#values.get(key)
      if (values) values.push(value)
      else this.#values.set(key, [value])
    }
  }

  /** `KEY.mean`, `KEY.p50` and `KEY.max` of each metric, and `KEY.p95` of times. */
  summary(): Record<string, number> {
    const summary: Record<string, number> = {}
    for (const [key, values] of this.#values) {
      const sorted = values.toSorted((one, other) => one - other)
      const middle = sorted.length >> 1
      const upper = sorted[middle] ?? 0
      summary[`${key}.mean`] = values.reduce((sum, value) => sum + value, 0) / values.length
      summary[`${key}.p50`] = sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
      summary[`${key}.max`] = sorted.at(-1) ?? upper
      if (key.endsWith('_ms')) summary[`${key}.p95`] = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? upper
    }
    return summary
  }
}

type SpanStart = Parameters<Client['startSpan']>[0]
type SpanEnd = NonNullable<Parameters<LiveSpan['end']>[0]>

/** The spans of a conversation that have not ended. What still goes on when the conversation ends, ends with it. */
class OngoingSpans {
  readonly #client: Client
  readonly #ongoing = new Set<LiveSpan>()
  #over = false

  constructor(client: Client) {
    this.#client = client
  }

  /** Null when the conversation is over. */
  start(start: SpanStart): LiveSpan | null {
    if (this.#over) return null
    const span = this.#client.startSpan(start)
    this.#ongoing.add(span)
    return span
  }

  /** Ends a span, unless it has ended with the conversation. */
  end(span: LiveSpan | null, end: SpanEnd, error?: unknown): void {
    if (!span || !this.#ongoing.delete(span)) return
    if (error) fail(span, error)
    span.end(end)
  }

  endAll(endMs: number): void {
    this.#over = true
    for (const span of [...this.#ongoing].reverse()) this.end(span, { endTimeNs: toNs(endMs) })
  }
}

type OnTurnEnd = (summary: TurnSummary, metrics: Record<string, number>, endMs: number) => void

class TracedTurn implements TurnRecorder {
  readonly #spans: OngoingSpans
  readonly #span: LiveSpan | null
  readonly #metrics: Record<string, number> = {}
  readonly #onEnd: OnTurnEnd

  constructor(spans: OngoingSpans, span: LiveSpan | null, onEnd: OnTurnEnd) {
    this.#spans = spans
    this.#span = span
    this.#onEnd = onEnd
  }

  stage(name: StageName, startMs: number, start: StageStart = {}): StageRecorder {
    const span = this.#spans.start({
      name,
      parent: this.#span,
      spanType: spanTypes[name],
      startTimeNs: toNs(startMs),
      ...(start.inputs === undefined ? {} : { inputs: start.inputs }),
      ...(start.attributes === undefined ? {} : { attributes: start.attributes }),
    })
    return {
      end: (endMs, end = {}) => this.#endStage(span, name, endMs, end),
    }
  }

  #endStage(span: LiveSpan | null, name: StageName, endMs: number, end: StageEnd): void {
    const ended = end.attributes ?? {}
    for (const [key, value] of Object.entries(ended)) {
      if (typeof value !== 'number' || !stageMetrics.has(key)) continue
      if (firstCounts.has(key) && key in this.#metrics) continue
      this.#metrics[key] = value
    }
    const attributes = name === 'llm_generation' ? { ...ended, ...chatAttributes(ended) } : ended
    const outputs = end.outputs === undefined ? {} : { outputs: end.outputs }
    this.#spans.end(span, { endTimeNs: toNs(endMs), attributes, ...outputs }, end.error)
  }

  end(endMs: number, summary: TurnSummary): void {
    const { userText, agentText, interrupted, voiceToVoiceMs, parts, error } = summary
    const measured: Record<string, number> = {}
    if (voiceToVoiceMs !== null) measured[attributes.turnVoiceToVoiceMs] = voiceToVoiceMs
    for (const part of latencyParts) {
      const value = parts[part]
      if (value !== undefined) measured[`${attributes.turnLatencyPrefix}${part}_ms`] = value
    }
    if (userText !== null) this.#span?.setInputs({ user: userText })
    const end = {
      endTimeNs: toNs(endMs),
      ...(agentText === null ? {} : { outputs: { agent: agentText } }),
      attributes: {
        ...(userText === null ? {} : { [attributes.turnUserText]: userText }),
        ...(agentText === null ? {} : { [attributes.turnAgentText]: agentText }),
        [attributes.turnInterrupted]: interrupted,
        ...measured,
      },
    }
    this.#spans.end(this.#span, end, error)
    this.#onEnd(summary, { ...this.#metrics, ...measured }, endMs)
  }
}

const runAnswer = z.object({ run: z.object({ info: z.object({ experiment_id: z.string() }) }) })

/** How the parts of a conversation are recorded. */
interface Tracing {
  client: Client
  trackingUri: string
  recordSound: boolean
  ongoing: OngoingConversations | null
  log: Log
  experimentOf(runId: string): Promise<string | null>
}

class TracedConversation implements ConversationRecorder {
  readonly #tracing: Tracing
  readonly #spans: OngoingSpans
  readonly #run: Run
  readonly #span: LiveSpan
  readonly #facts: ConversationFacts
  readonly #series = new MetricSeries()
  readonly #turns: JsonObject[] = []
  #interrupted = 0

  constructor(tracing: Tracing, facts: ConversationFacts) {
    const { client } = tracing
    this.#tracing = tracing
    this.#spans = new OngoingSpans(client)
    this.#facts = facts
    const { sessionId, userId, startMs, params } = facts
    this.#run = client.startRun({
      runName: `conversation ${new Date(startMs).toISOString().slice(0, 19).replace('T', ' ')}`,
      startTimeMs: Math.round(startMs),
      tags: {
        [traceMetadata.session]: sessionId,
        [attributes.sessionId]: sessionId,
        'voxtrace.kind': 'conversation',
        ...(userId === null ? {} : { [traceMetadata.user]: userId }),
      },
    })
    this.#run.logParams(params)
    this.#span = client.startSpan({
      name: spanNames.conversation,
      parent: null,
      spanType: 'AGENT',
      run: this.#run,
      startTimeNs: toNs(startMs),
      inputs: { session_id: sessionId },
      attributes: { [attributes.sessionId]: sessionId },
      traceMetadata: {
        [traceMetadata.session]: sessionId,
        ...(userId === null ? {} : { [traceMetadata.user]: userId }),
      },
    })
    this.#run.setTag('voxtrace.traceId', this.#span.traceId)
    tracing.ongoing?.begun(this.#span.traceId)
  }

  async ids(): Promise<ConversationIds> {
    const { sessionId } = this.#facts
    const known = { traceId: this.#span.traceId, sessionId }
    const created = this.#run.whenCreated().then(
      async (runId) => ({ ...known, runId, experimentId: await this.#tracing.experimentOf(runId) }),
      () => null,
    )
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), longestWaitForIdsMs).unref())
    return (await Promise.race([created, late])) ?? { ...known, runId: this.#run.runId, experimentId: null }
  }

  turn(number: number, startMs: number): TurnRecorder {
    const span = this.#spans.start({
      name: spanNames.turn,
      parent: this.#span,
      spanType: 'CHAIN',
      startTimeNs: toNs(startMs),
      attributes: { [attributes.turnNumber]: number },
    })
    return new TracedTurn(this.#spans, span, (summary, metrics, endMs) =>
      this.#turnEnded(number, summary, metrics, endMs),
    )
  }

  sound(startMs: number): SoundRecorder | null {
    const { trackingUri, recordSound, log } = this.#tracing
    if (!recordSound) return null
    const upload = new RecordingUpload({
      trackingUri,
      traceId: this.#span.traceId,
      contentType: 'audio/ogg',
      channels: ['user', 'agent'],
      startTimeNs: BigInt(Math.round(startMs * 1_000)) * 1_000n,
      log,
    })
    return {
      append: (page) => upload.append(page),
      async end() {
        await upload.end({ deadlineMs: longestWaitForSoundMs })
      },
    }
  }

  #turnEnded(number: number, summary: TurnSummary, metrics: Record<string, number>, endMs: number): void {
    const { userText, agentText, interrupted } = summary
    this.#run.logMetrics(
      { ...metrics, [attributes.turnInterrupted]: interrupted ? 1 : 0 },
      { step: number, timestampMs: Math.round(endMs) },
    )
    this.#turns.push({ user: userText, agent: agentText })
    // The greeting answers nobody, so it does not count among the turns.
    if (number === 0) return
    this.#series.add(metrics)
    if (interrupted) this.#interrupted += 1
    this.#span.updateTrace({
      ...(this.#turns.length <= 2 && userText !== null
        ? { requestPreview: userText.slice(0, longestPreview) }
        : {}),
      ...(agentText === null ? {} : { responsePreview: agentText.slice(0, longestPreview) }),
    })
  }

  end(endMs: number, { reason, error }: { reason: string; error?: unknown }): void {
    this.#tracing.ongoing?.ended(this.#span.traceId)
    this.#spans.endAll(endMs)
    if (error) fail(this.#span, error)
    this.#span.end({
      endTimeNs: toNs(endMs),
      outputs: { turns: this.#turns, ended: reason },
    })
    const counted = this.#turns.filter(({ user }) => user !== null).length
    this.#run.logMetrics(
      { ...this.#series.summary(), 'turn.count': counted, 'turn.interrupted_count': this.#interrupted },
      { timestampMs: Math.round(endMs) },
    )
    this.#run.setTag('voxtrace.ended', reason)
    this.#run.end(error ? 'FAILED' : 'FINISHED', { endTimeMs: Math.round(endMs) })
  }
}

/** Records conversations as runs and traces of the tracking server, through the tracing client. */
export function traceConversations(options: {
  client: Client
  trackingUri: string
  /** Whether the sound is kept with the trace. */
  recordSound: boolean
  /** Where conversations are noted while they go on. */
  ongoing?: OngoingConversations
  log: Log
}): Recorder {
  const { client, trackingUri, recordSound, ongoing = null, log } = options
  let experimentId: string | null = null
  const experimentOf = async (runId: string): Promise<string | null> => {
    if (experimentId !== null) return experimentId
    const url = new URL(
      'api/2.0/mlflow/runs/get',
      trackingUri.endsWith('/') ? trackingUri : `${trackingUri}/`,
    )
    url.searchParams.set('run_id', runId)
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(longestWaitForIdsMs) })
      experimentId = runAnswer.parse(await answer.json()).run.info.experiment_id
    } catch (error) {
      log.warn(`the experiment of the conversation is not known: ${messageOf(error)}`)
    }
    return experimentId
  }
  const tracing: Tracing = { client, trackingUri, recordSound, ongoing, log, experimentOf }
  return { conversation: (facts) => new TracedConversation(tracing, facts) }
}
