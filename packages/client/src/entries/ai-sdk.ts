/** `@voxtrace/client/ai-sdk`: records the calls of Vercel's AI SDK, 7 and later, as one of its telemetry integrations. */
import { voxtrace } from '@voxtrace/model'
import type { Client } from '../client.ts'
import { runInSpan } from '../context.ts'
import { defaultClient } from '../default-client.ts'
import { ModelCall } from '../integrations/model-call.ts'
import { at, listAt, numberAt, textAt } from '../integrations/unknown-values.ts'
import type { LiveSpan } from '../span.ts'
import { endWithError } from '../with-span.ts'

const attributes = voxtrace.attributes

/** What is used of the AI SDK's interface `Telemetry`. */
export interface AiSdkTelemetry {
  onStart(event: unknown): void
  onLanguageModelCallStart(event: unknown): void
  onLanguageModelCallEnd(event: unknown): void
  onToolExecutionStart(event: unknown): void
  onToolExecutionEnd(event: unknown): void
  onEmbedStart(event: unknown): void
  onEmbedEnd(event: unknown): void
  onEnd(event: unknown): void
  onAbort(event: unknown): void
  onError(event: unknown): void
  executeLanguageModelCall<T>(options: { callId: string; execute: () => PromiseLike<T> }): PromiseLike<T>
  executeTool<T>(options: {
    callId: string
    toolCallId: string
    execute: () => PromiseLike<T>
  }): PromiseLike<T>
}

/** One `generateText`, `streamText` or the like, by the id that all its events carry. */
interface Operation {
  span: LiveSpan
  model: ModelCall | null
  /** Many values are embedded in several calls at once. */
  embeddings: Map<string, ModelCall>
  tools: Map<string, LiveSpan>
  recordInputs: boolean
  recordOutputs: boolean
}

/**
 * Makes an integration: a span for each call of `generateText`, `streamText`, `embed` and so on, with the calls of the
 * model and of tools below it.
 *
 *     await generateText({ model, prompt, telemetry: { integrations: voxtraceTelemetry() } })
 */
export function voxtraceTelemetry(options: { client?: Client } = {}): AiSdkTelemetry {
  return new Integration(() => options.client ?? defaultClient())
}

class Integration implements AiSdkTelemetry {
  readonly #client: () => Client
  readonly #operations = new Map<string, Operation>()

  constructor(client: () => Client) {
    this.#client = client
  }

  onStart = (event: unknown): void => {
    const recordInputs = at(event, 'recordInputs') !== false
    const span = this.#client().startSpan({
      name: textAt(event, 'functionId') ?? textAt(event, 'operationId') ?? 'ai',
      spanType: 'CHAIN',
      ...(recordInputs ? { inputs: promptOf(event) } : {}),
      attributes: { 'ai.operationId': textAt(event, 'operationId') },
      sessionId: textAt(event, 'runtimeContext', 'sessionId'),
      userId: textAt(event, 'runtimeContext', 'userId'),
    })
    const recordOutputs = at(event, 'recordOutputs') !== false
    this.#operations.set(callId(event), {
      span,
      model: null,
      embeddings: new Map(),
      tools: new Map(),
      recordInputs,
      recordOutputs,
    })
  }

  onLanguageModelCallStart = (event: unknown): void => {
    const operation = this.#of(event)
    if (operation === undefined) return
    operation.model = this.#modelCall(operation, event, 'llm_generation', 'CHAT_MODEL')
    operation.model.tools(at(event, 'tools'))
  }

  onLanguageModelCallEnd = (event: unknown): void => {
    const operation = this.#of(event)
    const model = operation?.model
    if (operation === undefined || !model) return
    operation.model = null
    const input = numberAt(event, 'usage', 'inputTokens')
    const output = numberAt(event, 'usage', 'outputTokens')
    const total = numberAt(event, 'usage', 'totalTokens')
    if (input !== undefined || output !== undefined) model.tokens({ input, output: output ?? 0, total })
    model.span.setAttributes({
      [attributes.llmTtftMs]: numberAt(event, 'performance', 'timeToFirstOutputMs'),
      [attributes.llmInterTokenLatencyMs]: numberAt(event, 'performance', 'timeBetweenOutputChunksMs', 'avg'),
      'llm.finish_reason': at(event, 'finishReason'),
    })
    model.end(operation.recordOutputs ? at(event, 'content') : undefined)
  }

  onEmbedStart = (event: unknown): void => {
    const operation = this.#of(event)
    const model = operation && this.#modelCall(operation, event, 'embedding', 'EMBEDDING')
    if (model !== undefined) operation?.embeddings.set(embedCallId(event), model)
  }

  onEmbedEnd = (event: unknown): void => {
    const operation = this.#of(event)
    const model = operation?.embeddings.get(embedCallId(event))
    operation?.embeddings.delete(embedCallId(event))
    const input = numberAt(event, 'usage', 'tokens')
    if (input !== undefined) model?.tokens({ input, output: 0 })
    model?.end({ embeddings: listAt(event, 'embeddings').length })
  }

  onToolExecutionStart = (event: unknown): void => {
    const operation = this.#of(event)
    const id = textAt(event, 'toolCall', 'toolCallId')
    if (operation === undefined || id === undefined) return
    const span = this.#client().startSpan({
      name: textAt(event, 'toolCall', 'toolName') ?? 'tool',
      spanType: 'TOOL',
      parent: operation.span,
      ...(operation.recordInputs ? { inputs: at(event, 'toolCall', 'input') } : {}),
    })
    operation.tools.set(id, span)
  }

  onToolExecutionEnd = (event: unknown): void => {
    const operation = this.#of(event)
    const id = textAt(event, 'toolCall', 'toolCallId') ?? ''
    const span = operation?.tools.get(id)
    operation?.tools.delete(id)
    const error = at(event, 'toolOutput', 'error')
    if (span === undefined) return
    if (error !== undefined) endWithError(span, error)
    else span.end(operation?.recordOutputs ? { outputs: at(event, 'toolOutput', 'output') } : {})
  }

  onEnd = (event: unknown): void => {
    const operation = this.#take(event)
    if (operation === undefined) return
    operation.span.end({ outputs: operation.recordOutputs ? answerOf(event) : undefined })
  }

  onAbort = (event: unknown): void => {
    const operation = this.#take(event)
    for (const span of operation === undefined ? [] : spansOf(operation)) {
      span.end({ attributes: { 'ai.aborted': true } })
    }
  }

  onError = (event: unknown): void => {
    const operation = this.#take(event)
    const error = at(event, 'error') ?? event
    for (const span of operation === undefined ? [] : spansOf(operation)) endWithError(span, error)
  }

  executeLanguageModelCall = <T>(options: {
    callId: string
    execute: () => PromiseLike<T>
  }): PromiseLike<T> => {
    const operation = this.#operations.get(options.callId)
    const span = operation?.model?.span ?? operation?.span
    return span === undefined ? options.execute() : runInSpan(span, () => options.execute())
  }

  executeTool = <T>(options: {
    callId: string
    toolCallId: string
    execute: () => PromiseLike<T>
  }): PromiseLike<T> => {
    const span = this.#operations.get(options.callId)?.tools.get(options.toolCallId)
    return span === undefined ? options.execute() : runInSpan(span, () => options.execute())
  }

  #modelCall(operation: Operation, event: unknown, name: string, spanType: string): ModelCall {
    const span = this.#client().startSpan({
      name,
      spanType,
      parent: operation.span,
      ...(operation.recordInputs ? { inputs: promptOf(event) } : {}),
    })
    const model = new ModelCall(span)
    model.model(textAt(event, 'modelId'), textAt(event, 'provider') ?? 'unknown')
    return model
  }

  #of(event: unknown): Operation | undefined {
    return this.#operations.get(callId(event))
  }

  #take(event: unknown): Operation | undefined {
    const id = callId(event)
    const operation = this.#operations.get(id)
    this.#operations.delete(id)
    return operation
  }
}

function callId(event: unknown): string {
  return textAt(event, 'callId') ?? ''
}

/** What of an operation is open, the innermost first. */
function spansOf({ span, model, embeddings, tools }: Operation): LiveSpan[] {
  const calls = [model, ...embeddings.values()].filter((call) => call !== null)
  return [...calls.map((call) => call.span), ...tools.values(), span]
}

function embedCallId(event: unknown): string {
  return textAt(event, 'embedCallId') ?? ''
}

function promptOf(event: unknown): Record<string, unknown> {
  const prompt: Record<string, unknown> = {}
  for (const key of [
    'instructions',
    'system',
    'prompt',
    'messages',
    'value',
    'values',
    'query',
    'documents',
  ]) {
    const value = at(event, key)
    if (value !== undefined) prompt[key] = value
  }
  return prompt
}

function answerOf(event: unknown): unknown {
  const answer = at(event, 'object') ?? textAt(event, 'text') ?? at(event, 'content') ?? at(event, 'ranking')
  return answer ?? embeddingsIn(event)
}

/** Of embeddings, which are long and tell nobody anything, their number is kept. */
function embeddingsIn(event: unknown): { embeddings: number } | undefined {
  const vectors = listAt(event, 'embedding')
  if (vectors.length === 0) return undefined
  return { embeddings: Array.isArray(vectors[0]) ? vectors.length : 1 }
}
