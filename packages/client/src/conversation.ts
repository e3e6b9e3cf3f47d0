import {
  conversationAttributes as attributes,
  type LatencyPart,
  conversationSpanNames as spanNames,
} from '@voxtrace/model'
import type { Client } from './client.ts'
import { newTraceId } from './ids.ts'
import { TraceMetadataKey } from './mlflow-names.ts'
import type { RunEndStatus, SpanOptions, TimeNs } from './options.ts'
import type { Run } from './run.ts'
import type { LiveSpan } from './span.ts'

export interface ConversationOptions {
  /** Default: a random id. */
  sessionId?: string | undefined
  userId?: string | undefined
  /** Default `conversation`. */
  runName?: string | undefined
  /** Params of the run, such as the models in use. */
  params?: Record<string, unknown> | undefined
  tags?: Record<string, string> | undefined
  attributes?: Record<string, unknown> | undefined
  /** Nanoseconds since the epoch. Default: now. */
  startTimeNs?: TimeNs | undefined
}

export interface TurnOptions {
  /** 0 for a greeting, which answers nobody. Default: one more than the turn before, from 1. */
  number?: number | undefined
  userText?: string | undefined
  attributes?: Record<string, unknown> | undefined
  /** The user's first word, nanoseconds since the epoch. Default: now. */
  startTimeNs?: TimeNs | undefined
}

export interface TurnEnd {
  userText?: string | undefined
  /** What was heard of the agent. */
  agentText?: string | undefined
  interrupted?: boolean | undefined
  /** From the end of the user's speech to the first audible sound of the answer, `network` with it where it is told. */
  voiceToVoiceMs?: number | undefined
  /** How that time divides. */
  latency?: { [Part in LatencyPart]?: number | undefined } | undefined
  attributes?: Record<string, unknown> | undefined
  /** What went wrong, when something did. */
  error?: unknown
  /** Nanoseconds since the epoch. Default: now. */
  endTimeNs?: TimeNs | undefined
}

/**
 * A conversation by voice: one trace whose root is the span `conversation`, and one run for its numbers. As every
 * part of the client, its methods return at once and never throw.
 */
export class Conversation {
  readonly sessionId: string
  readonly span: LiveSpan
  readonly run: Run
  readonly #client: Client
  #lastNumber = 0

  constructor(client: Client, options: ConversationOptions) {
    this.#client = client
    this.sessionId = options.sessionId ?? newTraceId()
    const metadata: Record<string, string> = { [TraceMetadataKey.TRACE_SESSION]: this.sessionId }
    if (options.userId !== undefined) metadata[TraceMetadataKey.TRACE_USER] = options.userId
    this.run = client.startRun({
      runName: options.runName ?? spanNames.conversation,
      tags: { ...objectOf(options.tags), ...metadata, [attributes.sessionId]: this.sessionId },
    })
    if (options.params !== undefined) this.run.logParams(options.params)
    this.span = client.startSpan({
      name: spanNames.conversation,
      parent: null,
      spanType: 'AGENT',
      run: this.run,
      traceMetadata: metadata,
      attributes: { ...objectOf(options.attributes), [attributes.sessionId]: this.sessionId },
      traceTags: options.tags,
      startTimeNs: options.startTimeNs,
    })
    this.run.setTag('voxtrace.traceId', this.span.traceId)
  }

  turn(options: TurnOptions = {}): Turn {
    const number = Number.isInteger(options?.number) ? (options.number ?? 0) : this.#lastNumber + 1
    this.#lastNumber = number
    try {
      return new Turn(this.#client, this, number, options)
    } catch (error) {
      this.span.failed(error)
      return new Turn(this.#client, this, number, {})
    }
  }

  end(options: { status?: RunEndStatus; outputs?: unknown; error?: unknown; endTimeNs?: TimeNs } = {}): void {
    const { status, outputs, error, endTimeNs } = options
    if (error !== undefined) this.span.fail(error)
    this.span.end({ outputs, endTimeNs })
    this.run.end(status ?? (error === undefined ? 'FINISHED' : 'FAILED'))
  }
}

/** One exchange of a conversation. */
export class Turn {
  readonly number: number
  readonly span: LiveSpan
  readonly #client: Client
  readonly #run: Run
  readonly #conversation: LiveSpan

  constructor(client: Client, conversation: Conversation, number: number, options: TurnOptions) {
    this.#client = client
    this.#run = conversation.run
    this.#conversation = conversation.span
    this.number = number
    this.span = client.startSpan({
      name: spanNames.turn,
      parent: conversation.span,
      spanType: 'CHAIN',
      attributes: { ...objectOf(options.attributes), [attributes.turnNumber]: number },
      inputs: options.userText === undefined ? undefined : { user: options.userText },
      startTimeNs: options.startTimeNs,
    })
    if (options.userText !== undefined) this.span.setAttribute(attributes.turnUserText, options.userText)
  }

  /** Starts a part of the turn, such as `speech_to_text` or `llm_generation`. */
  startSpan(options: Omit<SpanOptions, 'parent'>): LiveSpan {
    return this.#client.startSpan({ ...options, parent: this.span })
  }

  /** Runs `fn` as a part of the turn, with its span as the active one. */
  withSpan<T>(fn: (span: LiveSpan) => T, options: Omit<SpanOptions, 'parent'>): T {
    return this.#client.withSpan(fn, { ...options, parent: this.span })
  }

  /** A number of this turn: an attribute of its span, and a metric of the run with the turn as its step. */
  logMetric(key: string, value: number): void {
    this.span.setAttribute(key, value)
    this.#run.logMetric(key, value, { step: this.number })
  }

  end(end: TurnEnd = {}): void {
    try {
      this.#describe(end)
    } catch (error) {
      this.span.failed(error)
    }
    const { agentText, endTimeNs } = end
    this.span.end({ outputs: agentText === undefined ? undefined : { agent: agentText }, endTimeNs })
  }

  #describe(end: TurnEnd): void {
    const { userText, agentText, interrupted, voiceToVoiceMs, latency, error } = end
    if (error !== undefined) this.span.fail(error)
    if (userText !== undefined) {
      this.span.setInputs({ user: userText })
      this.span.setAttribute(attributes.turnUserText, userText)
      if (this.number === 1) this.#conversation.updateTrace({ requestPreview: userText })
    }
    if (agentText !== undefined) {
      this.span.setAttribute(attributes.turnAgentText, agentText)
      this.#conversation.updateTrace({ responsePreview: agentText })
    }
    if (interrupted !== undefined) this.span.setAttribute(attributes.turnInterrupted, interrupted)
    const measured: Record<string, number> = {}
    if (voiceToVoiceMs !== undefined) measured[attributes.turnVoiceToVoiceMs] = voiceToVoiceMs
    for (const [part, value] of Object.entries(objectOf(latency))) {
      if (value !== undefined) measured[`${attributes.turnLatencyPrefix}${part}_ms`] = value
    }
    this.#run.logMetrics(measured, { step: this.number })
    this.span.setAttributes(measured)
    if (end.attributes !== undefined) this.span.setAttributes(end.attributes)
  }
}

/** What is given where an object is asked for; a text would be spread into its characters. */
function objectOf<T extends object>(value: T | undefined): T | Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
