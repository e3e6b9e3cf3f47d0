/** `@voxtrace/client/openai`: records the calls that go through a client of the OpenAI SDK. */
import type { Client } from '../client.ts'
import { runInSpan } from '../context.ts'
import { defaultClient } from '../default-client.ts'
import { ModelCall } from '../integrations/model-call.ts'
import {
  answerOf,
  ChatStream,
  ResponseStream,
  type StreamReader,
  tokensOf,
} from '../integrations/openai-answers.ts'
import { at, textAt } from '../integrations/unknown-values.ts'
import { endWithError } from '../with-span.ts'

export interface OpenAIOptions {
  /** Default: the client of `init`. */
  client?: Client
}

/** A method that is recorded, by its path: the span's name and type, and what reads its stream. */
const methods: Record<string, { spanType: string; stream: (() => StreamReader) | null }> = {
  'chat.completions.create': { spanType: 'CHAT_MODEL', stream: () => new ChatStream() },
  'responses.create': { spanType: 'CHAT_MODEL', stream: () => new ResponseStream() },
  'completions.create': { spanType: 'LLM', stream: () => new ChatStream() },
  'embeddings.create': { spanType: 'EMBEDDING', stream: null },
  'audio.speech.create': { spanType: 'TASK', stream: null },
  'audio.transcriptions.create': { spanType: 'TASK', stream: null },
  'audio.translations.create': { spanType: 'TASK', stream: null },
}

/**
 * Gives a client that does what the given one does and records chat completions, responses, completions, embeddings,
 * speech and transcriptions as spans: inputs, outputs, model, tokens, tools, and of streams the time to the first
 * token and between tokens. What the calls give, and what they throw, is what they would have given and thrown.
 */
export function tracedOpenAI<T extends object>(openai: T, options: OpenAIOptions = {}): T {
  return wrapped(openai, '', options)
}

function wrapped<T extends object>(target: T, path: string, options: OpenAIOptions): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object)
      if (typeof key !== 'string') return value
      const below = path === '' ? key : `${path}.${key}`
      if (isMethod(value)) {
        if (Object.hasOwn(methods, below)) return recorded(value, object, below, options)
        return path === '' && key === 'withOptions' ? rewrapped(value, object, options) : value.bind(object)
      }
      const leads = Object.keys(methods).some((method) => method.startsWith(`${below}.`))
      return leads && typeof value === 'object' && value !== null ? wrapped(value, below, options) : value
    },
  })
}

/** `withOptions` gives another client, which is recorded as well. */
function rewrapped(method: Method, openai: object, options: OpenAIOptions): (...args: unknown[]) => unknown {
  return (...args) => {
    const other: unknown = method.apply(openai, args)
    return typeof other === 'object' && other !== null ? wrapped(other, '', options) : other
  }
}

function recorded(
  method: Method,
  resource: object,
  path: string,
  options: OpenAIOptions,
): (...args: unknown[]) => unknown {
  return (...args) => {
    const [params] = args
    const { spanType, stream } = methods[path] ?? { spanType: 'UNKNOWN', stream: null }
    const client = options.client ?? defaultClient()
    const span = client.startSpan({ name: path, spanType, inputs: params })
    const model = new ModelCall(span)
    model.model(at(params, 'model'), 'openai')
    model.tools(at(params, 'tools'))
    let promise: unknown
    try {
      promise = runInSpan(span, () => method.apply(resource, args))
    } catch (error) {
      endWithError(span, error)
      throw error
    }
    const reader = at(params, 'stream') === true && stream !== null ? stream() : null
    if (isPromise(promise)) {
      promise.then(
        (result) => (reader === null ? finish(model, result) : watch(model, reader, result)),
        (error: unknown) => endWithError(span, error),
      )
    } else finish(model, promise)
    return promise
  }
}

function finish(model: ModelCall, result: unknown): void {
  const tokens = tokensOf(at(result, 'usage'))
  if (tokens !== null) model.tokens(tokens)
  const name = textAt(result, 'model')
  if (name !== undefined) model.model(name)
  model.end(answerOf(result))
}

/**
 * Watches a stream while it is read. The SDK's stream begins its iteration with its property `iterator`, so that the
 * one stream is watched however it is read: by `for await`, `tee` or `toReadableStream`.
 */
function watch(model: ModelCall, reader: StreamReader, stream: unknown): void {
  const key = typeof at(stream, 'iterator') === 'function' ? 'iterator' : Symbol.asyncIterator
  const begin: unknown = typeof stream === 'object' && stream !== null ? Reflect.get(stream, key) : undefined
  if (typeof begin !== 'function' || typeof stream !== 'object' || stream === null) {
    model.end(undefined)
    return
  }
  const finishStream = () => {
    if (!model.span.isRecording) return
    const tokens = reader.tokens()
    if (tokens !== null) model.tokens(tokens)
    const name = reader.model()
    if (name !== undefined) model.model(name)
    model.end(reader.answer())
  }
  Object.defineProperty(stream, key, {
    configurable: true,
    writable: true,
    value: () => watched(Reflect.apply(begin, stream, []), model, reader, finishStream),
  })
}

async function* watched(
  chunks: AsyncIterable<unknown>,
  model: ModelCall,
  reader: StreamReader,
  finishStream: () => void,
): AsyncGenerator<unknown> {
  try {
    for await (const chunk of chunks) {
      if (reader.read(chunk)) model.piece()
      yield chunk
    }
  } catch (error) {
    if (model.span.isRecording) {
      model.span.setOutputs(reader.answer())
      endWithError(model.span, error)
    }
    throw error
  } finally {
    finishStream()
  }
}

type Method = (...args: unknown[]) => unknown

function isMethod(value: unknown): value is Method {
  return typeof value === 'function'
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof at(value, 'then') === 'function'
}
