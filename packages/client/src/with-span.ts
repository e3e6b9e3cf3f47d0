import { runInSpan } from './context.ts'
import type { LiveSpan } from './span.ts'

/**
 * Runs `fn` inside a span and ends the span with its result or its error. A promise that `fn` gives is passed on
 * as it is, so that the caller's own handling of it is unchanged.
 */
export function runAndEnd<T>(span: LiveSpan, fn: (span: LiveSpan) => T): T {
  let result: T
  try {
    result = runInSpan(span, fn)
  } catch (error) {
    endWithError(span, error)
    throw error
  }
  if (isThenable(result)) {
    result.then(
      (value: unknown) => endWithOutputs(span, value),
      (error: unknown) => endWithError(span, error),
    )
  } else {
    endWithOutputs(span, result)
  }
  return result
}

function endWithOutputs(span: LiveSpan, outputs: unknown): void {
  if (span.isRecording && !span.hasOutputs) span.setOutputs(outputs)
  span.end()
}

function endWithError(span: LiveSpan, error: unknown): void {
  span.recordException(error)
  span.setStatus('ERROR', error instanceof Error ? error.message : String(error))
  span.end()
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
