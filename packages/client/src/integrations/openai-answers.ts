import type { TokenCounts } from './model-call.ts'
import { at, listAt, numberAt, textAt } from './unknown-values.ts'

/** Puts an answer together from the pieces of its stream. */
export interface StreamReader {
  /** Gives whether the piece carries something of the answer: text, or a part of a tool call. */
  read(chunk: unknown): boolean
  answer(): unknown
  /** Null when the provider counted none. */
  tokens(): TokenCounts | null
  model(): string | undefined
}

interface ToolCall {
  id: string | undefined
  type: string
  function: { name: string; arguments: string }
}

/** Chunks of a chat completion, or of a completion. */
export class ChatStream implements StreamReader {
  readonly #texts: string[] = []
  readonly #refusals: string[] = []
  readonly #toolCalls: ToolCall[] = []
  #finishReason: unknown = null
  #usage: unknown
  #model: string | undefined

  read(chunk: unknown): boolean {
    this.#model ??= textAt(chunk, 'model')
    const usage = at(chunk, 'usage')
    if (usage !== undefined && usage !== null) this.#usage = usage
    const choice = at(chunk, 'choices', 0)
    this.#finishReason = at(choice, 'finish_reason') ?? this.#finishReason
    const text = textAt(choice, 'delta', 'content') ?? textAt(choice, 'text')
    const refusal = textAt(choice, 'delta', 'refusal')
    const calls = listAt(choice, 'delta', 'tool_calls')
    if (text) this.#texts.push(text)
    if (refusal) this.#refusals.push(refusal)
    for (const call of calls) this.#readToolCall(call)
    return Boolean(text) || Boolean(refusal) || calls.length > 0
  }

  #readToolCall(call: unknown): void {
    const index = numberAt(call, 'index') ?? this.#toolCalls.length
    const kept = this.#toolCalls[index] ?? {
      id: undefined,
      type: 'function',
      function: { name: '', arguments: '' },
    }
    this.#toolCalls[index] = kept
    kept.id ??= textAt(call, 'id')
    kept.function.name += textAt(call, 'function', 'name') ?? ''
    kept.function.arguments += textAt(call, 'function', 'arguments') ?? ''
  }

  answer(): unknown {
    const toolCalls = this.#toolCalls.filter((call) => call !== undefined)
    return {
      role: 'assistant',
      content: this.#texts.length === 0 && toolCalls.length > 0 ? null : this.#texts.join(''),
      ...(this.#refusals.length === 0 ? {} : { refusal: this.#refusals.join('') }),
      ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
      finish_reason: this.#finishReason,
    }
  }

  tokens(): TokenCounts | null {
    return tokensOf(this.#usage)
  }

  model(): string | undefined {
    return this.#model
  }
}

/** Events of the Responses API. The last one carries the whole answer; before it the text is put together. */
export class ResponseStream implements StreamReader {
  readonly #texts: string[] = []
  #response: unknown

  read(event: unknown): boolean {
    const type = textAt(event, 'type') ?? ''
    const response = at(event, 'response')
    if (response !== undefined) this.#response = response
    const delta = textAt(event, 'delta')
    if (type === 'response.output_text.delta' && delta !== undefined) this.#texts.push(delta)
    return type.endsWith('.delta') && Boolean(delta)
  }

  answer(): unknown {
    const output = listAt(this.#response, 'output')
    return output.length > 0 ? output : this.#texts.join('')
  }

  tokens(): TokenCounts | null {
    return tokensOf(at(this.#response, 'usage'))
  }

  model(): string | undefined {
    return textAt(this.#response, 'model')
  }
}

/** Tokens as either of the APIs counts them; null when it does not. */
export function tokensOf(usage: unknown): TokenCounts | null {
  const input = numberAt(usage, 'prompt_tokens') ?? numberAt(usage, 'input_tokens')
  const output = numberAt(usage, 'completion_tokens') ?? numberAt(usage, 'output_tokens')
  const total = numberAt(usage, 'total_tokens')
  return input === undefined && output === undefined ? null : { input, output: output ?? 0, total }
}

/** What of an answer is kept: embeddings are long and tell nobody anything, so that their number is. */
export function answerOf(result: unknown): unknown {
  const vectors = listAt(result, 'data').filter((item) => at(item, 'embedding') !== undefined)
  if (vectors.length > 0) {
    return {
      model: textAt(result, 'model'),
      embeddings: vectors.length,
      dimensions: listAt(vectors[0], 'embedding').length,
    }
  }
  return isResponse(result)
    ? { status: result.status, content_type: result.headers.get('content-type') }
    : result
}

/** An answer of `fetch`, whichever `fetch` the SDK was given. */
function isResponse(value: unknown): value is Response {
  return numberAt(value, 'status') !== undefined && typeof at(value, 'headers', 'get') === 'function'
}
