import { runInSpan } from './context.ts'
import { isA } from './is-a.ts'
import type { LiveSpan } from './span.ts'

/**
 * Runs `fn` inside a span and ends the span with its result or its error. A promise that `fn` gives is passed on
 * as it is, so that the caller's own handling of it is unchanged, and its span ends when it is settled.
 */
export function runAndEnd<T>(span: LiveSpan, fn: (span: LiveSpan) => T): T {
  let result: T
  try {
    result = runInSpan(span, fn)
  } catch (error) {
    endWithError(span, error)
    throw error
  }
  if (isThenable(result)) endWhenSettled(span, result)
  else endWithOutputs(span, result)
  return result
}

function endWhenSettled(span: LiveSpan, result: PromiseLike<unknown>): void {
  const succeed = (value: unknown) => endWithOutputs(span, value)
  const fail = (error: unknown) => endWithError(span, error)
  try {
    // A promise of another realm may be awaited there, which calls no `then` that could be watched.
    if (isA(Promise, result) || String(result.then) === String(Promise.prototype.then)) {
      result.then(succeed, fail)
    } else watch(result, succeed, fail)
  } catch (error) {
    span.failed(error)
    span.end()
  }
}

/**
 * Tells how something ends that is awaited and is no promise of the language, when the caller awaits it. A query of Knex or
 * Drizzle is sent each time its `then` is called, so that it must not be called for our sake.
 */
function watch(
  awaited: PromiseLike<unknown>,
  succeed: (value: unknown) => void,
  fail: (error: unknown) => void,
): void {
  const { then } = awaited
  const watched: PromiseLike<unknown>['then'] = (onValue, onError) => {
    const settled = new Promise<unknown>((resolve, reject) => {
      Reflect.apply(then, awaited, [resolve, reject])
    })
    settled.then(succeed, fail)
    return settled.then(onValue, onError)
  }
  Object.defineProperty(awaited, 'then', { configurable: true, writable: true, value: watched })
}

function endWithOutputs(span: LiveSpan, outputs: unknown): void {
  if (span.isRecording && !span.hasOutputs) span.setOutputs(outputs)
  span.end()
}

export function endWithError(span: LiveSpan, error: unknown): void {
  span.fail(error)
  span.end()
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
  } catch {
    return false
  }
}

/** A method decorator, in the standard's form and in TypeScript's older one. */
export interface TracedMethod {
  <A extends unknown[], R>(method: (...args: A) => R, context: ClassMethodDecoratorContext): (...args: A) => R
  (prototype: object, name: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor
}

type AnyFunction = (...args: unknown[]) => unknown

export function tracedMethod(traced: (fn: AnyFunction, name: string) => AnyFunction): TracedMethod {
  const wrapped = (method: unknown, name: string) => (isFunction(method) ? traced(method, name) : method)
  function decorate<A extends unknown[], R>(
    method: (...args: A) => R,
    context: ClassMethodDecoratorContext,
  ): (...args: A) => R
  function decorate(
    prototype: object,
    name: string | symbol,
    descriptor: PropertyDescriptor,
  ): PropertyDescriptor
  function decorate(target: unknown, second: unknown, descriptor?: PropertyDescriptor): unknown {
    if (descriptor !== undefined) return { ...descriptor, value: wrapped(descriptor.value, String(second)) }
    const named = typeof second === 'object' && second !== null && 'name' in second
    return wrapped(target, named ? String(second.name) : 'method')
  }
  return decorate
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function'
}
