import { describe, expect, it } from 'vitest'
import { SpanAttributeKey, SpanLogLevel } from './index.ts'
import type { LiveSpan } from './span.ts'
import { withServer } from './testing/with-server.ts'

const tested = withServer()
const { newClient, stored } = tested

describe('startSpan', () => {
  it('records a span with all it was given', async () => {
    const client = newClient()
    const span = client.startSpan({
      name: 'llm_generation',
      spanType: 'LLM',
      inputs: { messages: ['hi'] },
      attributes: { 'llm.ttft_ms': 12.5, 'llm.model': 'm', nested: { list: [1, true, null] } },
      startTimeNs: 1_790_000_000_000_000_001n,
    })
    span.addEvent({ name: 'first token', attributes: { n: 1 }, timestamp: 1_790_000_000_100_000_000n })
    span.recordException(new RangeError('too far'))
    span.end({ outputs: 'hello', status: 'ERROR', endTimeNs: 1_790_000_001_000_000_002n })
    await client.flush()
    expect(stored(span)).toMatchObject({
      name: 'llm_generation',
      parentSpanId: null,
      startTimeUnixNano: 1_790_000_000_000_000_001n,
      endTimeUnixNano: 1_790_000_001_000_000_002n,
      status: { code: 'ERROR' },
      attributes: {
        'mlflow.traceRequestId': JSON.stringify(span.traceId),
        'mlflow.spanType': '"LLM"',
        'mlflow.spanInputs': '{"messages":["hi"]}',
        'mlflow.spanOutputs': '"hello"',
        'llm.ttft_ms': 12.5,
        'llm.model': 'm',
        nested: { list: [1, true, null] },
      },
      events: [
        { name: 'first token', timeUnixNano: 1_790_000_000_100_000_000n, attributes: { n: 1 } },
        { name: 'exception', attributes: { 'exception.type': 'RangeError', 'exception.message': 'too far' } },
      ],
    })
  })

  it('puts a span below the parent it is given, without any context', async () => {
    const client = newClient()
    const calls = ['one', 'two'].map((name) => client.startSpan({ name }))
    const turns = calls.map((parent) => client.startSpan({ name: 'turn', parent }))
    for (const span of [...turns, ...calls]) span.end()
    await client.flush()
    for (const [index, call] of calls.entries()) {
      const turn = turns[index]
      expect(turn?.traceId).toBe(call.traceId)
      expect(turn && stored(turn).parentSpanId).toBe(call.spanId)
    }
    expect(calls[0]?.traceId).not.toBe(calls[1]?.traceId)
  })

  it('keeps values as they were when they were given', async () => {
    const client = newClient()
    const inputs = { messages: [{ text: 'before' }] }
    const span = client.startSpan({ name: 'span', inputs, attributes: { inputs } })
    inputs.messages[0] = { text: 'after' }
    span.end()
    await client.flush()
    expect(JSON.stringify(stored(span).attributes)).not.toContain('after')
  })

  it('ignores what is done to a span after its end', async () => {
    const client = newClient()
    const span = client.startSpan({ name: 'span' })
    span.end({ outputs: 1 })
    span.setOutputs(2)
    span.setAttribute('late', true)
    span.end({ outputs: 3 })
    await client.flush()
    expect(stored(span).attributes).toMatchObject({ 'mlflow.spanOutputs': '1' })
    expect(stored(span).attributes).not.toHaveProperty('late')
    expect(tested.server.endedArrivals).toEqual([span.spanId])
  })

  it('takes any value for any argument and never throws', async () => {
    const client = newClient()
    const circular: Record<string, unknown> = { big: 1n }
    circular.self = circular
    const strange = [
      circular,
      Symbol('s'),
      () => 1,
      new Proxy({}, { get: () => fail() }),
      null,
      Number.NaN,
      'x'.repeat(1e6),
    ]
    const call = (method: (...args: never[]) => unknown, ...args: unknown[]) =>
      Reflect.apply(method, undefined, args)
    for (const value of strange) {
      const span: LiveSpan = call((options: never) => client.startSpan(options), {
        name: value,
        inputs: value,
        attributes: value,
        spanType: value,
        startTimeNs: value,
        traceMetadata: value,
        traceTags: value,
      })
      for (const method of [
        'setInputs',
        'setOutputs',
        'setAttributes',
        'recordException',
        'addEvent',
      ] as const) {
        call(span[method].bind(span), value)
      }
      call(span.setAttribute.bind(span), value, value)
      call(span.setStatus.bind(span), value, value)
      call(span.updateTrace.bind(span), value)
      call(span.end.bind(span), value)
      const run = client.startRun({ runName: 'strange' })
      call(run.logMetric.bind(run), 'metric', value)
      call(run.logParam.bind(run), 'param', value)
      call(run.setTag.bind(run), 'tag', value)
      call((options: never) => client.logFeedback(options), value)
    }
    call((options: never) => client.startSpan(options), undefined)
    call((options: never) => client.startRun(options), { runName: 1n, tags: strange })
    await client.flush()
    expect(client.stats().recorded.spans).toBe(strange.length)
    expect(client.stats().delivered.spans).toBe(strange.length)
  })
})

describe('setLogLevel', () => {
  it('takes the number or the name, as MLflow keeps it', async () => {
    const client = newClient()
    const spans = (['WARNING', SpanLogLevel.ERROR] as const).map((level) => {
      const span = client.startSpan({ name: 'span' })
      span.setLogLevel(level)
      span.end()
      return span
    })
    await client.flush()
    expect(spans.map((span) => stored(span).attributes[SpanAttributeKey.LOG_LEVEL])).toEqual(['30', '40'])
  })
})

function fail(): never {
  throw new Error('not readable')
}
