/** `@voxtrace/client/langchain`: records the runs of LangChain.js and LangGraph.js as one of their callback handlers. */
import type { Client } from '../client.ts'
import { defaultClient } from '../default-client.ts'
import { ModelCall } from '../integrations/model-call.ts'
import { at, listAt, numberAt, textAt } from '../integrations/unknown-values.ts'
import type { LiveSpan } from '../span.ts'
import { endWithError } from '../with-span.ts'

type Serialized = unknown
type Metadata = Record<string, unknown>

/** How LangChain tells that a tool or a retriever begins. */
type Start<Input> = (
  what: Serialized,
  input: Input,
  runId: string,
  parentRunId?: string,
  tags?: string[],
  metadata?: Metadata,
  runName?: string,
) => void

/** How LangChain tells that a model begins. */
type ModelStart<Input> = (
  llm: Serialized,
  input: Input,
  runId: string,
  parentRunId?: string,
  extra?: Record<string, unknown>,
  tags?: string[],
  metadata?: Metadata,
  runName?: string,
) => void

/** What LangChain calls. Each run has an id, and the id of the run it is part of. */
export interface LangChainHandler {
  name: string
  /** LangChain waits for its handlers then, which return at once, so that times are right. */
  awaitHandlers: boolean
  handleChainStart(
    chain: Serialized,
    inputs: unknown,
    runId: string,
    parentRunId?: string,
    tags?: string[],
    metadata?: Metadata,
    runType?: string,
    runName?: string,
  ): void
  handleChainEnd(outputs: unknown, runId: string): void
  handleChainError(error: unknown, runId: string): void
  handleLLMStart: ModelStart<string[]>
  handleChatModelStart: ModelStart<unknown[][]>
  handleLLMNewToken(token: string, indices: unknown, runId: string): void
  handleLLMEnd(output: unknown, runId: string): void
  handleLLMError(error: unknown, runId: string): void
  handleToolStart: Start<string>
  handleToolEnd(output: unknown, runId: string): void
  handleToolError(error: unknown, runId: string): void
  handleRetrieverStart: Start<string>
  handleRetrieverEnd(documents: unknown[], runId: string): void
  handleRetrieverError(error: unknown, runId: string): void
}

/**
 * Makes a handler: a span for each run of a chain, a model, a tool and a retriever, nested as LangChain nests them.
 *
 *     await chain.invoke(input, { callbacks: [langChainHandler()] })
 */
export function langChainHandler(options: { client?: Client } = {}): LangChainHandler {
  return new Handler(() => options.client ?? defaultClient())
}

class Handler implements LangChainHandler {
  readonly name = 'voxtrace'
  readonly awaitHandlers = true
  readonly #client: () => Client
  readonly #spans = new Map<string, LiveSpan>()
  readonly #models = new Map<string, ModelCall>()

  constructor(client: () => Client) {
    this.#client = client
  }

  handleChainStart: LangChainHandler['handleChainStart'] = (
    chain,
    inputs,
    runId,
    parent,
    _tags,
    metadata,
    _type,
    name,
  ) => {
    this.#start(runId, parent, name ?? nameOf(chain, 'chain'), 'CHAIN', readable(inputs), metadata)
  }

  handleChainEnd = (outputs: unknown, runId: string): void => this.#end(runId, readable(outputs))
  handleChainError = (error: unknown, runId: string): void => this.#fail(runId, error)

  handleLLMStart = this.#modelStart('llm', 'LLM', (prompts: string[]) => ({ prompts }))
  handleChatModelStart = this.#modelStart('chat model', 'CHAT_MODEL', (messages: unknown[][]) => ({
    messages: messages.flat().map(messageOf),
  }))

  handleLLMNewToken = (_token: string, _indices: unknown, runId: string): void => {
    this.#models.get(runId)?.piece()
  }

  handleLLMEnd = (output: unknown, runId: string): void => {
    const model = this.#models.get(runId)
    this.#models.delete(runId)
    this.#spans.delete(runId)
    const generations = listAt(output, 'generations').flat()
    const usage = at(generations[0], 'message', 'usage_metadata') ?? at(output, 'llmOutput', 'tokenUsage')
    const input = numberAt(usage, 'input_tokens') ?? numberAt(usage, 'promptTokens')
    const produced = numberAt(usage, 'output_tokens') ?? numberAt(usage, 'completionTokens')
    const total = numberAt(usage, 'total_tokens') ?? numberAt(usage, 'totalTokens')
    if (input !== undefined || produced !== undefined) model?.tokens({ input, output: produced ?? 0, total })
    const answers = generations.map((generation) => {
      const message = at(generation, 'message')
      return message === undefined ? textAt(generation, 'text') : messageOf(message)
    })
    model?.end(answers.length === 1 ? answers[0] : answers)
  }

  handleLLMError = (error: unknown, runId: string): void => {
    this.#models.delete(runId)
    this.#fail(runId, error)
  }

  handleToolStart = this.#starter('tool', 'TOOL', (input: string) => input)
  handleToolEnd = (output: unknown, runId: string): void => this.#end(runId, readable(output))
  handleToolError = (error: unknown, runId: string): void => this.#fail(runId, error)

  handleRetrieverStart = this.#starter('retriever', 'RETRIEVER', (query: string) => ({ query }))

  handleRetrieverEnd = (documents: unknown[], runId: string): void => {
    const kept = documents.map((document) => ({
      page_content: at(document, 'pageContent'),
      metadata: at(document, 'metadata'),
      id: at(document, 'id'),
    }))
    this.#end(runId, kept)
  }

  handleRetrieverError = (error: unknown, runId: string): void => this.#fail(runId, error)

  #starter<Input>(otherwise: string, spanType: string, inputsOf: (input: Input) => unknown): Start<Input> {
    return (what, input, runId, parent, _tags, metadata, name) => {
      this.#start(runId, parent, name ?? nameOf(what, otherwise), spanType, inputsOf(input), metadata)
    }
  }

  #modelStart<Input>(
    otherwise: string,
    spanType: string,
    inputsOf: (input: Input) => unknown,
  ): ModelStart<Input> {
    return (llm, input, runId, parent, extra, _tags, metadata, givenName) => {
      const name = givenName ?? nameOf(llm, otherwise)
      const model = new ModelCall(this.#start(runId, parent, name, spanType, inputsOf(input), metadata))
      model.model(
        textAt(metadata, 'ls_model_name') ?? textAt(extra, 'invocation_params', 'model'),
        textAt(metadata, 'ls_provider'),
      )
      model.tools(at(extra, 'invocation_params', 'tools'))
      this.#models.set(runId, model)
    }
  }

  #start(
    runId: string,
    parentRunId: string | undefined,
    name: string,
    spanType: string,
    inputs: unknown,
    metadata: Metadata | undefined,
  ): LiveSpan {
    const parent = parentRunId === undefined ? undefined : this.#spans.get(parentRunId)
    const session = textAt(metadata, 'thread_id') ?? textAt(metadata, 'session_id')
    const span = this.#client().startSpan({
      name,
      spanType,
      inputs,
      parent,
      sessionId: parent === undefined ? session : undefined,
    })
    this.#spans.set(runId, span)
    return span
  }

  #end(runId: string, outputs: unknown): void {
    this.#spans.get(runId)?.end({ outputs })
    this.#spans.delete(runId)
  }

  #fail(runId: string, error: unknown): void {
    const span = this.#spans.get(runId)
    this.#spans.delete(runId)
    if (span !== undefined) endWithError(span, error)
  }
}

function nameOf(serialized: Serialized, otherwise: string): string {
  const path = listAt(serialized, 'id')
  const last = path.at(-1)
  return textAt(serialized, 'name') ?? (typeof last === 'string' ? last : otherwise)
}

/** How deep messages are looked for; states of graphs hold them in a list. */
const maxDepth = 4

/** What a chain was given or gave, with LangChain's messages as chat APIs have them. */
function readable(value: unknown): unknown {
  try {
    return withMessages(value, 0)
  } catch {
    // The client says of a value what cannot be read of it.
    return value
  }
}

function withMessages(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value
  if (isMessage(value)) return messageOf(value)
  if (Array.isArray(value)) {
    return typeof value[0] === 'object' ? value.map((item) => withMessages(item, depth + 1)) : value
  }
  const isPrompt = 'toChatMessages' in value && 'messages' in value
  if (isPrompt) return { messages: withMessages(value.messages, depth + 1) }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMessages(item, depth + 1)]))
}

function isMessage(value: object): boolean {
  return '_getType' in value && 'content' in value
}

const roles: Record<string, string> = { human: 'user', ai: 'assistant', AIMessageChunk: 'assistant' }

/** A message of LangChain as chat APIs have them. */
function messageOf(message: unknown): Record<string, unknown> {
  const type = callOf(message, '_getType') ?? textAt(message, 'type') ?? 'unknown'
  const toolCalls = listAt(message, 'tool_calls')
  return {
    role: roles[type] ?? type,
    content: at(message, 'content'),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(at(message, 'tool_call_id') === undefined ? {} : { tool_call_id: at(message, 'tool_call_id') }),
  }
}

function callOf(value: unknown, method: string): string | undefined {
  const fn = at(value, method)
  const result: unknown = typeof fn === 'function' ? Reflect.apply(fn, value, []) : undefined
  return typeof result === 'string' ? result : undefined
}
