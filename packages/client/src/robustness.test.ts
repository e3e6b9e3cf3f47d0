import { context } from '@opentelemetry/api'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RecordingTracerProvider } from './entries/opentelemetry.ts'
import { type Client, createClient } from './index.ts'
import { MisbehavingServer } from './testing/misbehaving-server.ts'

let server: MisbehavingServer
let client: Client
const rejections: unknown[] = []
const keep = (error: unknown) => rejections.push(error)

beforeEach(async () => {
  server = await new MisbehavingServer().start()
  client = createClient({ trackingUri: server.uri, batchDelayMs: 1, announceDelayMs: 2 })
  process.on('unhandledRejection', keep)
})

afterEach(async () => {
  await client.shutdown()
  await server.stop()
  process.off('unhandledRejection', keep)
})

/** Makes values that break what reads them carelessly, fast-check among it. */
const hostile = fc.oneof(
  fc
    .anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
    })
    .map((value) => () => value),
  fc.constantFrom<() => unknown>(
    () => {
      const circle: Record<string, unknown> = {}
      circle.self = circle
      return circle
    },
    () => new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower, has: thrower }),
    endlessChain,
    () => Object.defineProperty({}, 'x', { enumerable: true, get: thrower }),
    () => ({ toJSON: thrower, toString: thrower }),
    () => Object.assign(new Error('x'), { message: { toString: thrower } }),
    () => 'x'.repeat(300_000),
    () => Array.from({ length: 5000 }, () => 'item'),
    () => Symbol('s'),
    () => new WeakRef({}),
    () => Promise.reject(new Error('nobody waits for it')).catch(() => {}),
    () => Object.defineProperty({}, 'then', { get: thrower }),
    () => '\ud800 lone',
  ),
)

/** A proxy whose prototype is another, and so on without an end. */
function endlessChain(): object {
  return new Proxy({}, { getPrototypeOf: endlessChain })
}

function thrower(): never {
  throw new Error('hostile')
}

const method = fc.constantFrom(
  'setInputs',
  'setOutputs',
  'setAttribute',
  'setAttributes',
  'setStatus',
  'setSpanType',
  'setName',
  'addEvent',
  'addLink',
  'recordException',
  'updateTrace',
  'end',
)

describe('the client', () => {
  it('takes any call with any values in any order, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostile, { minLength: 10, maxLength: 10 }),
        fc.array(fc.tuple(method, hostile, hostile), { maxLength: 12 }),
        async (makers, givenCalls) => {
          const values = makers.map((make) => make())
          const [name, inputs, attributes, startTimeNs, traceparent, tags, run, score, turn, error] = values
          const calls = givenCalls.map(([key, one, other]) => [key, one(), other()] as const)
          const call = (target: object, key: string, ...args: unknown[]): unknown =>
            Reflect.apply(Reflect.get(target, key), target, args)
          const options = {
            name,
            inputs,
            attributes,
            startTimeNs,
            traceparent,
            traceTags: tags,
            sessionId: tags,
          }
          const span = call(client, 'startSpan', options)
          if (typeof span !== 'object' || span === null) throw new Error('There is no span.')
          for (const [key, one, other] of calls) call(span, key, one, other)
          call(span, 'end', { outputs: inputs, attributes, endTimeNs: startTimeNs, status: score })
          call(span, 'end')
          call(span, 'setInputs', inputs)
          call(client, 'withSpan', () => inputs, { name })
          const started = call(client, 'startRun', { runName: run, tags, startTimeMs: score })
          if (typeof started === 'object' && started !== null)
            call(started, 'logMetrics', inputs, { step: run })
          call(client, 'logFeedback', { traceId: name, name, value: score, source: tags, metadata: tags })
          call(client, 'logExpectation', { traceId: name, name, value: score })
          const conversation = call(client, 'conversation', {
            sessionId: name,
            userId: run,
            params: inputs,
            tags,
          })
          if (typeof conversation === 'object' && conversation !== null) {
            const exchange = call(conversation, 'turn', { number: turn, userText: name, attributes })
            if (typeof exchange === 'object' && exchange !== null)
              call(exchange, 'end', { agentText: name, latency: tags, error })
            call(conversation, 'end', { error, outputs: inputs })
          }
          const tracer = new RecordingTracerProvider(client).getTracer('t')
          const other = Reflect.apply(tracer.startSpan, tracer, [
            name,
            { attributes, links: tags, startTime: turn },
            context.active(),
          ])
          for (const [key, one] of calls)
            if (key === 'addEvent' || key === 'setAttributes') call(other, key, one, one)
          other.end()
        },
      ),
      { numRuns: Number(process.env.VOXTRACE_FUZZ_RUNS ?? 25) },
    )
    await client.flush()
    expect(rejections).toEqual([])
    expect(client.stats().dropped.refused.spans).toBe(0)
    expect(client.stats().openSpans).toBe(0)
  })

  it('reads no chain of prototypes to an end that it may not have', () => {
    const call = (target: object, key: string, ...args: unknown[]): unknown =>
      Reflect.apply(Reflect.get(target, key), target, args)
    const value = endlessChain()
    const span = client.startSpan({ name: 'endless', inputs: { value } })
    for (const key of ['setOutputs', 'setAttributes', 'recordException', 'addEvent', 'updateTrace', 'end'])
      call(span, key, value)
    expect(span.inputs).toEqual({ value: {} })
    let thrown: unknown
    try {
      client.withSpan(() => {
        throw value
      })
    } catch (error) {
      thrown = error
    }
    expect(thrown === value).toBe(true)
    const tracer = new RecordingTracerProvider(client).getTracer('t')
    const foreign = call(tracer, 'startSpan', 'endless', { startTime: value, attributes: value })
    if (typeof foreign !== 'object' || foreign === null) throw new Error('There is no span.')
    for (const key of ['addEvent', 'setAttributes', 'recordException', 'end'])
      call(foreign, key, value, value)
    call(client.startRun(), 'logMetrics', value)
    call(client, 'logFeedback', { traceId: span.traceId, name: 'score', value, error: value })
    call(client, 'startSpan', { name: value, startTimeNs: value, traceTags: value, parent: value })
  })

  it('takes a text of 100 MB and keeps what may be kept of it', async () => {
    const span = client.startSpan({ name: 'huge', inputs: { text: 'y'.repeat(100_000_000) } })
    span.end()
    expect(JSON.stringify(span.inputs).length).toBeLessThan(600_000)
    expect(client.stats().cutValues).toBeGreaterThan(0)
    await client.flush()
    expect(server.spans.get(span.spanId)?.attributes['mlflow.spanInputs']).toContain('[cut:')
  })
})
