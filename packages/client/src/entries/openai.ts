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
export function tracedOpenAI<T extends object>(openai: T, { client }: OpenAIOptions = {}): T {
  return traced(openai, {
    client: () => client ?? defaultClient(),
    observe: (promise, onKnown) => onKnown(promise),
  })
}

/** How calls are recorded. */
interface Recording {
  client: () => Client
  /** Tells of the promise that is awaited in the end, of what a call gives. */
  observe(given: unknown, onKnown: (promise: unknown) => void): void
}

function traced<T extends object>(openai: T, recording: Recording): T {
  return new Proxy(openai, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object)
      if (typeof key !== 'string') return value
      if (!isMethod(value)) return tracedBelow(value, key, recording)
      return key === 'withOptions' ? retraced(value, object, recording) : value.bind(object)
    },
  })
}

/** `withOptions` gives another client, which is recorded as well. */
function retraced(method: Method, openai: object, recording: Recording): Method {
  return (...args) => {
    const other: unknown = method.apply(openai, args)
    return isObject(other) ? traced(other, recording) : other
  }
}

/** A part of a client. Anything but what leads to a method that is recorded is left as it is. */
function tracedBelow(value: unknown, path: string, recording: Recording): unknown {
  const leads = Object.keys(methods).some((method) => method.startsWith(`${path}.`))
  if (!leads || !isObject(value)) return value
  return new Proxy(value, {
    get(object, key) {
      const found: unknown = Reflect.get(object, key, object)
      if (typeof key !== 'string') return found
      const below = `${path}.${key}`
      if (!isMethod(found)) return tracedBelow(found, below, recording)
      if (Object.hasOwn(methods, below)) return recorded(found, object, below, recording)
      return found.bind(asHelpersSee(object, recording))
    },
  })
}

/** The SDK's helpers, such as `parse`, `stream` and `runTools`, make their calls through the client that a part holds. */
function asHelpersSee(part: object, recording: Recording): object {
  const openai = at(part, '_client')
  if (!isObject(openai)) return part
  return Object.create(part, { _client: { value: traced(openai, { ...recording, observe: observeLast }) } })
}

/**
 * Helpers make another promise of the one that a call gives, at once. Only the last may be awaited: each reads the answer anew,
 * of which there is one.
 */
function observeLast(given: unknown, onKnown: (promise: unknown) => void): void {
  let last = given
  const make = at(given, '_thenUnwrap')
  if (isObject(given) && isMethod(make)) {
    Object.defineProperty(given, '_thenUnwrap', {
      value: (...args: unknown[]) => {
        last = make.apply(given, args)
        return last
      },
    })
  }
  queueMicrotask(() => onKnown(last))
}

function recorded(method: Method, resource: object, path: string, { client, observe }: Recording): Method {
  return (...args) => {
    const [params] = args
    const { spanType, stream } = methods[path] ?? { spanType: 'UNKNOWN', stream: null }
    const span = client().startSpan({ name: path, spanType, inputs: params })
    const model = new ModelCall(span)
    model.model(at(params, 'model'), 'openai')
    model.tools(at(params, 'tools'))
    let given: unknown
    try {
      given = runInSpan(span, () => method.apply(resource, args))
    } catch (error) {
      endWithError(span, error)
      throw error
    }
    const reader = at(params, 'stream') === true && stream !== null ? stream() : null
    observe(given, (promise) => {
      if (!isPromise(promise)) return finish(model, promise)
      promise.then(
        (result) => (reader === null ? finish(model, result) : watch(model, reader, result)),
        (error: unknown) => endWithError(span, error),
      )
    })
    return given
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
  const begin: unknown = isObject(stream) ? Reflect.get(stream, key) : undefined
  if (typeof begin !== 'function' || !isObject(stream)) {
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof at(value, 'then') === 'function'
}
