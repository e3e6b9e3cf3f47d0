import { mlflowAttributes, voxtrace } from '@voxtrace/model'
import type { LiveSpan } from '../span.ts'

const attributes = voxtrace.attributes

/** Tokens as a provider counted them. */
export interface TokenCounts {
  input?: number | undefined
  output?: number | undefined
  total?: number | undefined
}

/**
 * What is measured of one call of a language model, and where it is written: time to the first token, time between
 * tokens, tokens, and tokens a second, under the names that the voice bot uses and under MLflow's.
 */
export class ModelCall {
  readonly span: LiveSpan
  readonly #startMs = performance.now()
  #firstMs: number | null = null
  #lastMs = 0
  #pieces = 0
  #tokens: TokenCounts | null = null

  constructor(span: LiveSpan) {
    this.span = span
  }

  model(name: unknown, provider?: string): void {
    if (typeof name !== 'string') return
    this.span.setAttribute(attributes.llmModel, name)
    this.span.setAttribute(mlflowAttributes.llmModel, name)
    if (provider !== undefined) this.span.setAttribute(mlflowAttributes.llmProvider, provider)
  }

  /** What the model was offered to call; undefined when nothing was. */
  tools(offered: unknown): void {
    this.span.setAttribute('mlflow.chat.tools', offered)
  }

  /** A piece of the stream that carries something of the answer. */
  piece(): void {
    this.#lastMs = performance.now()
    this.#firstMs ??= this.#lastMs
    this.#pieces++
  }

  tokens(counts: TokenCounts): void {
    this.#tokens = counts
  }

  end(outputs: unknown): void {
    const { span } = this
    const first = this.#firstMs
    if (first !== null) {
      span.setAttribute(attributes.llmTtftMs, rounded(first - this.#startMs))
      if (this.#pieces > 1) {
        const between = (this.#lastMs - first) / (this.#pieces - 1)
        span.setAttribute(attributes.llmInterTokenLatencyMs, rounded(between))
      }
    }
    this.#writeTokens()
    span.end({ outputs })
  }

  /** Where the provider counted none, the pieces of the stream stand for tokens, and it is said. */
  #writeTokens(): void {
    const counted = this.#tokens
    if (counted === null && this.#pieces === 0) return
    const { input, output = this.#pieces } = counted ?? {}
    const total = counted?.total ?? (input === undefined ? undefined : input + output)
    const { span } = this
    if (input !== undefined) span.setAttribute(attributes.llmPromptTokens, input)
    span.setAttribute(attributes.llmCompletionTokens, output)
    if (total !== undefined) span.setAttribute(attributes.llmTotalTokens, total)
    if (counted === null) span.setAttribute(attributes.llmTokensEstimated, true)
    else {
      const usage = { input_tokens: input ?? 0, output_tokens: output, total_tokens: total ?? output }
      span.setAttribute(mlflowAttributes.chatTokenUsage, usage)
    }
    const seconds = ((this.#pieces > 0 ? this.#lastMs : performance.now()) - this.#startMs) / 1000
    if (output > 0 && seconds > 0) span.setAttribute(attributes.llmTokensPerSecond, rounded(output / seconds))
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
