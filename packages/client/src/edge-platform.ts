import type { Context } from '@opentelemetry/api'
import type { ContextStorage } from './context-manager.ts'
import { FetchConnection } from './edge-http.ts'
import type { Platform } from './platform.ts'
import { RequestSender } from './request-sender.ts'

/** Runtimes with `fetch` and without Node's API. Nothing is kept on disk, and the caller flushes before it answers. */
export const edgePlatform: Platform = {
  connect: async (base, headers, timeoutMs) => new FetchConnection(base, headers, timeoutMs),
  openSpill: null,
  newSender: (outgoing) => new RequestSender(outgoing),
  spillAtExit: () => false,
  onExit: () => () => {},
  contextStorage,
  loadedOpenTelemetry: () => null,
  environment: typeof process === 'object' ? process.env : {},
}

/** Without `AsyncLocalStorage` the active span ends at the first `await`. */
function contextStorage(): ContextStorage {
  const Storage = asyncLocalStorage()
  if (typeof Storage === 'function') {
    const storage: unknown = Reflect.construct(Storage, [])
    if (isStorage(storage)) return storage
  }
  return new SynchronousStorage()
}

/** Some edge runtimes have it as a global (`edge-light`), others among Node's modules (workerd with `nodejs_compat`). */
function asyncLocalStorage(): unknown {
  const global: unknown = Reflect.get(globalThis, 'AsyncLocalStorage')
  if (global !== undefined || typeof process !== 'object') return global
  return process.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage
}

function isStorage(value: unknown): value is ContextStorage {
  return typeof value === 'object' && value !== null && 'getStore' in value && 'run' in value
}

class SynchronousStorage implements ContextStorage {
  #active: Context | undefined

  getStore(): Context | undefined {
    return this.#active
  }

  run<T>(active: Context, fn: () => T): T {
    const before = this.#active
    this.#active = active
    try {
      return fn()
    } finally {
      this.#active = before
    }
  }
}
