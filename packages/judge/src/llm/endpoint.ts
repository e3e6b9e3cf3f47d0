import { setTimeout as wait } from 'node:timers/promises'
import OpenAI from 'openai'
import { type Completion, readCompletion } from './completion.ts'
import { failureOf } from './failure-of.ts'
import { Limit } from './limit.ts'
import { ModelFailure } from './model-failure.ts'
import { fullOffer, type Offer, smallerOffer } from './offer.ts'
import type { Message } from './prompt.ts'
import { verdictSchema } from './verdict.ts'

export interface EndpointOptions {
  baseUrl: string
  /** Null for an endpoint that asks for none. */
  apiKey: string | null
  model: string
  /** Calls under way at once. */
  concurrency: number
  /** How often a call is tried, and the pause before the second try, which doubles from then on. */
  attempts?: number
  firstPauseMs?: number
  /** How long one try may take, and all tries of a call together with their pauses. */
  timeoutMs?: number
  deadlineMs?: number
}

const likeliestTokens = 10
const longestHoldMs = 300_000

/**
 * An OpenAI-compatible chat endpoint. Tries again what may succeed later, with growing and jittered pauses and never
 * before the time the endpoint asks for; a rate limit met by one call holds back all. Leaves out what the endpoint
 * does not know (structured output, log-probabilities, temperature) and remembers it.
 */
export class Endpoint {
  readonly model: string
  readonly #baseUrl: string
  readonly #apiKey: string | null
  readonly #client: OpenAI
  readonly #limit: Limit
  readonly #attempts: number
  readonly #firstPauseMs: number
  readonly #timeoutMs: number
  readonly #deadlineMs: number
  #offer: Offer = fullOffer
  #heldUntil = 0

  constructor(options: EndpointOptions) {
    this.model = options.model
    this.#baseUrl = options.baseUrl
    this.#apiKey = options.apiKey
    this.#limit = new Limit(options.concurrency)
    this.#attempts = options.attempts ?? 4
    this.#firstPauseMs = options.firstPauseMs ?? 500
    this.#timeoutMs = options.timeoutMs ?? 30_000
    this.#deadlineMs = options.deadlineMs ?? 60_000
    this.#client = new OpenAI({
      baseURL: options.baseUrl,
      apiKey: options.apiKey ?? 'none',
      ...(options.apiKey === null && { defaultHeaders: { Authorization: null } }),
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      logLevel: 'off',
    })
  }

  /**
   * Asks the model once, however many tries that takes.
   *
   * Errors: `ModelFailure`; the reason of `signal` when that is aborted.
   */
  async complete(messages: readonly Message[], signal: AbortSignal): Promise<Completion> {
    const deadline = Date.now() + this.#deadlineMs
    return this.#limit.run(() => this.#try(messages, signal, deadline))
  }

  async #try(messages: readonly Message[], signal: AbortSignal, deadline: number): Promise<Completion> {
    let offer = this.#offer
    let attempt = 1
    for (;;) {
      await this.#waitUntilAllowed(signal, deadline)
      try {
        const completion = await this.#request(messages, offer, signal, deadline)
        this.#offer = offer
        return completion
      } catch (error) {
        signal.throwIfAborted()
        const { failure, retryAfterMs, refusal } = failureOf(error, this.#baseUrl)
        const smaller = refusal === null ? null : smallerOffer(offer, refusal)
        if (smaller) {
          offer = smaller
          continue
        }
        const pause = this.#pauseBefore(attempt, retryAfterMs)
        if (failure.code === 'RATE_LIMITED') this.#hold(pause)
        if (!failure.transient || attempt >= this.#attempts || Date.now() + pause > deadline) {
          throw this.#withoutKey(failure)
        }
        attempt++
        await wait(pause, undefined, { signal })
      }
    }
  }

  async #waitUntilAllowed(signal: AbortSignal, deadline: number): Promise<void> {
    signal.throwIfAborted()
    const now = Date.now()
    if (this.#heldUntil > deadline) {
      throw new ModelFailure(
        'RATE_LIMITED',
        `The model endpoint ${this.#baseUrl} limits the rate of requests and asked to wait until ${new Date(this.#heldUntil).toISOString()}.`,
        { transient: true },
      )
    }
    if (now >= deadline) {
      throw new ModelFailure(
        'MODEL_TIMEOUT',
        `The model endpoint ${this.#baseUrl} is too slow: other calls took all the time.`,
        { transient: true },
      )
    }
    if (this.#heldUntil > now) await wait(this.#heldUntil - now, undefined, { signal })
  }

  #hold(pause: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, Date.now() + Math.min(pause, longestHoldMs))
  }

  #pauseBefore(attempt: number, retryAfterMs: number | null): number {
    const growing = this.#firstPauseMs * 2 ** (attempt - 1)
    const jittered = growing * (0.5 + Math.random() / 2)
    return retryAfterMs === null ? jittered : retryAfterMs + jittered * 0.2
  }

  async #request(
    messages: readonly Message[],
    offer: Offer,
    signal: AbortSignal,
    deadline: number,
  ): Promise<Completion> {
    const time = Math.max(1, Math.min(this.#timeoutMs, deadline - Date.now()))
    const response: unknown = await this.#client.chat.completions.create(
      {
        model: this.model,
        messages: [...messages],
        ...(offer.temperature && { temperature: 0 }),
        ...(offer.logprobs && { logprobs: true, top_logprobs: likeliestTokens }),
        ...(offer.format === 'json_schema' && {
          response_format: { type: 'json_schema' as const, json_schema: verdictSchema },
        }),
        ...(offer.format === 'json_object' && { response_format: { type: 'json_object' as const } }),
      },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(time)]), timeout: time },
    )
    return readCompletion(response)
  }

  /** An endpoint may repeat the key in its error, which is shown to many. */
  #withoutKey(failure: ModelFailure): ModelFailure {
    if (this.#apiKey === null || this.#apiKey === '' || !failure.message.includes(this.#apiKey))
      return failure
    return new ModelFailure(failure.code, failure.message.replaceAll(this.#apiKey, '[key]'), {
      transient: failure.transient,
    })
  }
}
