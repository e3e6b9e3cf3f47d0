import { AsyncLocalStorage } from 'node:async_hooks'
import type { LiveSpan } from './span.ts'

const storage = new AsyncLocalStorage<LiveSpan>()

/** The span that `withSpan` made active around this call, in this chain of asynchronous calls. */
export function activeSpan(): LiveSpan | null {
  return storage.getStore() ?? null
}

export function runInSpan<T>(span: LiveSpan, fn: (span: LiveSpan) => T): T {
  return storage.run(span, fn, span)
}
