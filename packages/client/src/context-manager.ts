import type { Context, ContextManager } from '@opentelemetry/api'
import { rootContext } from './opentelemetry/api.ts'
import { platform } from './platform.ts'

/** Where the active context of a chain of asynchronous calls is kept; Node's `AsyncLocalStorage` is one. */
export interface ContextStorage {
  getStore(): Context | undefined
  run<T>(active: Context, fn: () => T): T
}

/** A context manager for OpenTelemetry's API. */
export function newContextManager(): ContextManager {
  return new StoredContexts(platform().contextStorage())
}

class StoredContexts implements ContextManager {
  readonly #storage: ContextStorage
  #enabled = true

  constructor(storage: ContextStorage) {
    this.#storage = storage
  }

  active(): Context {
    return (this.#enabled ? this.#storage.getStore() : undefined) ?? rootContext
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => Reflect.apply(fn, thisArg, args))
  }

  bind<T>(active: Context, target: T): T {
    if (typeof target === 'function') return this.#bindFunction(active, target)
    if (isEmitter(target)) this.#bindListeners(active, target)
    return target
  }

  enable(): this {
    this.#enabled = true
    return this
  }

  disable(): this {
    this.#enabled = false
    return this
  }

  #bindFunction<T extends object>(active: Context, fn: T): T {
    const storage = this.#storage
    return new Proxy(fn, {
      apply: (target, self, args) =>
        storage.run(active, () =>
          typeof target === 'function' ? Reflect.apply(target, self, args) : undefined,
        ),
    })
  }

  /** Listeners that are added from now on are called in the context. */
  #bindListeners(active: Context, emitter: Emitter): void {
    const bound = new WeakMap<object, object>()
    const boundOf = (listener: unknown) => {
      if (typeof listener !== 'function') return listener
      const known = bound.get(listener) ?? this.#bindFunction(active, listener)
      bound.set(listener, known)
      return known
    }
    for (const name of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const) {
      const add = emitter[name]
      if (typeof add === 'function') {
        emitter[name] = (event, listener) => Reflect.apply(add, emitter, [event, boundOf(listener)])
      }
    }
    for (const name of ['off', 'removeListener'] as const) {
      const remove = emitter[name]
      if (typeof remove === 'function') {
        emitter[name] = (event, listener) => {
          const known = typeof listener === 'function' ? bound.get(listener) : undefined
          return Reflect.apply(remove, emitter, [event, known ?? listener])
        }
      }
    }
  }
}

type ListenerMethod =
  | 'on'
  | 'addListener'
  | 'once'
  | 'prependListener'
  | 'prependOnceListener'
  | 'off'
  | 'removeListener'
type Emitter = Partial<Record<ListenerMethod, (event: unknown, listener: unknown) => unknown>>

function isEmitter(value: unknown): value is Emitter {
  return typeof value === 'object' && value !== null && 'on' in value && 'removeListener' in value
}
