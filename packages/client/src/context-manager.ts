import type { Context, ContextManager } from '@opentelemetry/api'
import { rootContext } from './opentelemetry/api.ts'
import { platform } from './platform.ts'

/** Where the active context of a chain of asynchronous calls is kept; Node's `AsyncLocalStorage` is one. */
export interface ContextStorage {
  getStore(): Context | undefined
  run<T>(active: Context, fn: () => T): T
}

/** As `bindListeners`, which is loaded in the background: nothing but instrumentations of OpenTelemetry binds emitters. */
let bindListeners: ((target: unknown, bind: (listener: object) => object) => void) | null = null

/** Told what binds listeners, by what cannot wait until it is loaded. */
export function provideBindListeners(provided: typeof bindListeners): void {
  bindListeners = provided
}

/** A context manager for OpenTelemetry's API. */
export function newContextManager(): ContextManager {
  import('./bind-listeners-later.ts').then(
    (loaded) => provideBindListeners(loaded.bindListeners),
    // Emitters are left as they are then.
    () => {},
  )
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
    bindListeners?.(target, (listener) => this.#bindFunction(active, listener))
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
}
