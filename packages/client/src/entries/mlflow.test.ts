import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { spanHooks } from '../span-hooks.ts'
import { converse, withServer } from '../testing/with-server.ts'
import {
  type LiveSpan,
  MlflowClient,
  MlflowHttpError,
  registerOnSpanEndHook,
  registerOnSpanStartHook,
} from './mlflow.ts'

const given = withServer()
const began: LiveSpan[] = []
const ended: LiveSpan[] = []

beforeAll(() => {
  registerOnSpanStartHook((span) => {
    began.push(span)
    throw new Error('A hook fails.')
  })
  registerOnSpanEndHook((span) => {
    ended.push(span)
    span.setAttribute('from a hook', { status: span.status.statusCode, outputs: span.outputs })
    span.end({ outputs: 'of the hook' })
  })
})

beforeEach(() => {
  began.length = 0
  ended.length = 0
})

// Other files run in this process, and what they record is not for these hooks.
afterAll(() => {
  spanHooks.provided = null
})

describe("what is here for applications of MLflow's SDK", () => {
  it('calls hooks with spans that begin and that end, and takes what they set', async () => {
    const client = given.newClient()
    const span = client.startSpan({ name: 'span' })
    expect(began.map(({ spanId }) => spanId)).toEqual([span.spanId])
    expect(ended).toEqual([])
    span.end({ outputs: 'of the application' })
    span.end()
    expect(ended.map(({ spanId }) => spanId)).toEqual([span.spanId])
    await client.flush()
    expect(given.server.spans.get(span.spanId)?.attributes).toMatchObject({
      'from a hook': { status: 'OK', outputs: 'of the application' },
      'mlflow.spanOutputs': '"of the application"',
    })
    expect(given.server.endedArrivals).toEqual([span.spanId])
    expect(client.stats()).toMatchObject({ failures: 1, openSpans: 0, delivered: { spans: 1 } })
  })

  it('gives spans that end the level of their type, and at least ERROR after an exception', async () => {
    const client = given.newClient()
    client.startSpan({ name: 'by type', spanType: 'TOOL' }).end()
    client.startSpan({ name: 'of another type' }).end()
    client.startSpan({ name: 'told', spanType: 'TOOL', logLevel: 'DEBUG' }).end()
    for (const [name, logLevel] of [
      ['failed', 'INFO'],
      ['failed badly', 'CRITICAL'],
    ] as const) {
      const span = client.startSpan({ name, logLevel })
      span.recordException(new Error('broken'))
      span.end()
    }
    await client.flush()
    const levels = [...given.server.spans.values()].map(({ name, attributes }) => [
      name,
      Number(attributes['mlflow.spanLogLevel']),
    ])
    expect(Object.fromEntries(levels)).toEqual({
      'by type': 20,
      'of another type': 10,
      told: 10,
      failed: 40,
      'failed badly': 50,
    })
  })

  it('tells what a server answered that refuses, and that none answered', async () => {
    const client = new MlflowClient({ trackingUri: given.server.uri })
    const traceId = `tr-${'0'.repeat(32)}`
    given.server.behave = () => ({ kind: 'status', status: 429, body: 'x'.repeat(2000) })
    const refused = await client.getTraceInfo(traceId).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(MlflowHttpError)
    expect(refused).toMatchObject({ status: 429, statusText: 'Too Many Requests', errorCode: undefined })
    expect(String(refused)).toMatch(
      /^MlflowHttpError: HTTP 429: Too Many Requests - x{1000}\.\.\. \(truncated\)$/,
    )
    await given.server.stop()
    const silent = await client.getTraceInfo(traceId).catch((error: unknown) => error)
    expect(silent).not.toBeInstanceOf(MlflowHttpError)
    expect(silent).toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' })
    await given.server.start()
  })

  it('is called with what a conversation records too', async () => {
    const client = given.newClient()
    const ids = converse(client)
    await client.flush()
    expect(ended.map(({ spanId }) => spanId).sort()).toEqual(ids.sort())
  })
})
