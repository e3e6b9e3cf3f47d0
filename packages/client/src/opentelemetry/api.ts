import type { Context, ContextManager, Span, SpanContext } from '@opentelemetry/api'
import { platform } from '../platform.ts'

/**
 * What the client needs of `@opentelemetry/api` while spans are recorded: where its parts are registered, and contexts.
 * The package is some sixty modules, so that it is loaded in the background; it is needed only to register.
 */

/** Where every copy of the package keeps what is registered (its `internal/global-utils`). */
const registryKey = Symbol.for('opentelemetry.js.api.1')
/** The key of the active span in a context (its `trace/context-utils`). */
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

/** The package's module. */
export type Api = typeof import('@opentelemetry/api')

let api: Api | null = null
let isLoading = false
/** Serves until a context manager is registered, and is then the one that is, unless somebody was before. */
let own: ContextManager | null = null
let wanted = false

/** Loads the package in the background. */
export function loadApi(): void {
  if (isLoading) return
  isLoading = true
  const onLoaded = (loaded: Api) => {
    api = loaded
    if (wanted) register()
  }
  // Where it cannot be loaded nothing else can use it either, and ours alone is enough.
  import('@opentelemetry/api').then(onLoaded, () => {})
}

/** The context manager that is registered; null when none is. */
function registered(): ContextManager | null {
  const registry: unknown = Reflect.get(globalThis, registryKey)
  if (typeof registry !== 'object' || registry === null || !('context' in registry)) return null
  return isManager(registry.context) ? registry.context : null
}

function isManager(value: unknown): value is ContextManager {
  return typeof value === 'object' && value !== null && 'active' in value && 'with' in value
}

function register(): void {
  if (own === null || registered() !== null) return
  api ??= platform().loadedOpenTelemetry()
  api?.context.setGlobalContextManager(own)
}

export function activeContext(): Context {
  return (registered() ?? own)?.active() ?? rootContext
}

/** Runs `fn` in a context. Where OpenTelemetry has no context manager, the one that `make` gives is registered. */
export function runIn<T>(active: Context, fn: () => T, make: () => ContextManager): T {
  let manager = registered()
  if (manager === null) {
    own ??= make()
    // Who took it off the register has disabled it.
    own.enable()
    wanted = true
    register()
    manager = own
  }
  return manager.with(active, fn)
}

export function spanIn(active: Context): Span | undefined {
  const span = active.getValue(spanKey)
  return isSpan(span) ? span : undefined
}

export function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && 'spanContext' in value
}

export function withSpanIn(active: Context, span: Span): Context {
  return active.setValue(spanKey, span)
}

/** A context in which a span of another process is the active one. */
export function withRemoteSpan(active: Context, spanContext: SpanContext): Context {
  return withSpanIn(active, new RemoteSpan(spanContext))
}

class KeyedValues implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key)
  }

  setValue(key: symbol, value: unknown): Context {
    return new KeyedValues(new Map(this.#values).set(key, value))
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined)
  }
}

export const rootContext: Context = new KeyedValues(new Map())

/** Stands for a span that is recorded elsewhere: nothing done to it has an effect. */
class RemoteSpan implements Span {
  readonly #context: SpanContext

  constructor(context: SpanContext) {
    this.#context = context
  }

  spanContext(): SpanContext {
    return this.#context
  }

  isRecording(): boolean {
    return false
  }

  setAttribute(): this {
    return this
  }

  setAttributes(): this {
    return this
  }

  addEvent(): this {
    return this
  }

  addLink(): this {
    return this
  }

  addLinks(): this {
    return this
  }

  setStatus(): this {
    return this
  }

  updateName(): this {
    return this
  }

  end(): void {}

  recordException(): void {}
}
