import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  type ContextManager,
  context,
  trace as openTelemetry,
  ROOT_CONTEXT,
} from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as voxtrace from './index.ts'
import { MisbehavingServer } from './testing/misbehaving-server.ts'

let server: MisbehavingServer

beforeEach(async () => {
  server = await new MisbehavingServer().start()
})

afterEach(async () => {
  vi.unstubAllEnvs()
  context.disable()
  await voxtrace.shutdown({ deadlineMs: 100 })
  await server.stop()
})

describe('the default client', () => {
  it('is what the functions of the module use', async () => {
    voxtrace.init({ trackingUri: server.uri, experimentName: 'mine' })
    const answer = voxtrace.trace(
      async (question: string) => {
        voxtrace.updateCurrentTrace({ tags: { channel: 'web' } })
        const inner = voxtrace.startSpan({ name: 'inner', spanType: voxtrace.SpanType.TOOL })
        inner.end({ status: voxtrace.SpanStatusCode.OK })
        return `${question}!`
      },
      { name: 'answer' },
    )
    expect(await answer('why')).toBe('why!')
    await voxtrace.flushTraces()
    const spans = [...server.spans.values()]
    expect(spans.map((span) => span.name).sort()).toEqual(['answer', 'inner'])
    expect(new Set(spans.map((span) => `tr-${span.traceId}`))).toEqual(
      new Set([voxtrace.getLastActiveTraceId()]),
    )
    expect(server.traces.get(voxtrace.getLastActiveTraceId() ?? '')).toMatchObject({
      tags: { channel: 'web' },
    })
    expect(server.experiments.has('mine')).toBe(true)
  })

  it('still delivers what the client before it holds', async () => {
    voxtrace.init({ trackingUri: server.uri, batchDelayMs: 1000 })
    voxtrace.startSpan({ name: 'before' }).end()
    voxtrace.init({ trackingUri: server.uri })
    voxtrace.startSpan({ name: 'after' }).end()
    await voxtrace.flushTraces()
    await expect
      .poll(() => [...server.spans.values()].map((span) => span.name).sort())
      .toEqual(['after', 'before'])
  })

  it('makes spans of other instrumentations its children', () => {
    context.setGlobalContextManager(new StorageContextManager())
    voxtrace.init({ trackingUri: server.uri })
    voxtrace.withSpan((span) => {
      expect(openTelemetry.getActiveSpan()?.spanContext()).toMatchObject({
        traceId: span.traceId.slice(3),
        spanId: span.spanId,
      })
    })
    expect(openTelemetry.getActiveSpan()).toBeUndefined()
  })
})

class StorageContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => fn.apply(thisArg, args))
  }

  bind<T>(_context: Context, target: T): T {
    return target
  }

  enable(): this {
    return this
  }

  disable(): this {
    return this
  }
}
