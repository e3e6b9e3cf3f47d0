import { validateHeaderName, validateHeaderValue } from 'node:http'
import { runInNewContext } from 'node:vm'
import type { Log } from '@voxtrace/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { destinationOf } from './destination.ts'
import { createClient } from './index.ts'
import { at } from './integrations/unknown-values.ts'
import type { LiveSpan } from './span.ts'
import { until, withServer } from './testing/with-server.ts'

const tested = withServer()
const { newClient, stored } = tested

describe('withSpan', () => {
  it('nests spans along asynchronous calls and ends them with their results', async () => {
    const client = newClient()
    let inner: LiveSpan | null = null
    const outer = await client.withSpan(
      async (span) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        client.withSpan((nested) => {
          inner = nested
          expect(client.getCurrentActiveSpan()).toBe(nested)
          return 'inner result'
        })
        return span
      },
      { name: 'outer', inputs: 1 },
    )
    await client.flush()
    expect(client.getCurrentActiveSpan()).toBeNull()
    expect(client.getLastActiveTraceId()).toBe(outer.traceId)
    if (inner === null) throw new Error('The inner span was never made.')
    expect(stored(inner)).toMatchObject({
      parentSpanId: outer.spanId,
      attributes: { 'mlflow.spanOutputs': '"inner result"' },
      status: { code: 'OK' },
    })
  })

  it('lets a query be sent once, when it is awaited, and ends with it', async () => {
    const client = newClient()
    let sent = 0
    const queryOf = (answer: () => Promise<unknown>): PromiseLike<unknown> =>
      Object.defineProperty(Object.create(null), 'then', {
        configurable: true,
        value: (...settled: Parameters<Promise<unknown>['then']>) => {
          sent++
          return answer().then(...settled)
        },
      })
    const rows = client.withSpan(() => queryOf(async () => [1, 2]), { name: 'rows' })
    const broken = client.withSpan(() => queryOf(() => Promise.reject(new Error('no table'))))
    expect(sent).toBe(0)
    await expect(rows).resolves.toEqual([1, 2])
    await expect(broken).rejects.toThrow('no table')
    expect(sent).toBe(2)
    await client.flush()
    expect([...tested.server.spans.values()]).toMatchObject([
      { status: { code: 'OK' }, attributes: { 'mlflow.spanOutputs': '[1,2]' } },
      { status: { code: 'ERROR', message: 'no table' } },
    ])
    expect(client.withSpan(() => Object.freeze(queryOf(async () => 1)))).toBeDefined()
    expect(client.stats().openSpans).toBe(0)
  })

  it('ends with a promise of another realm, whoever awaits it', async () => {
    const client = newClient()
    const settled = runInNewContext(`Promise.resolve('done')`)
    expect(await client.withSpan(() => settled)).toBe('done')
    const awaitThere = runInNewContext(`async (promise) => { await promise }`)
    await awaitThere(client.withSpan(runInNewContext(`async () => { throw new TypeError('broken') }`))).catch(
      () => {},
    )
    await client.flush()
    expect([...tested.server.spans.values()].map(({ status }) => status)).toEqual([
      { code: 'OK', message: '' },
      { code: 'ERROR', message: 'broken' },
    ])
  })

  it('records an error on the span and passes it on unchanged', async () => {
    const client = newClient()
    const error = new Error('broken')
    await expect(client.withSpan(() => Promise.reject(error), { name: 'later' })).rejects.toBe(error)
    expect(() =>
      client.withSpan(
        () => {
          throw error
        },
        { name: 'now' },
      ),
    ).toThrow(error)
    await client.flush()
    const spans = [...tested.server.spans.values()]
    expect(spans.map((span) => span.status)).toEqual([
      { code: 'ERROR', message: 'broken' },
      { code: 'ERROR', message: 'broken' },
    ])
  })
})

describe('trace', () => {
  it('records each call of a function with its arguments and its result', async () => {
    const client = newClient()
    const add = client.trace((a: number, b: number) => a + b, { name: 'add', spanType: 'TOOL' })
    expect(add(2, 3)).toBe(5)
    await client.flush()
    const [span] = tested.server.spans.values()
    expect(span).toMatchObject({
      name: 'add',
      attributes: {
        'mlflow.spanInputs': '{"a":2,"b":3}',
        'mlflow.spanOutputs': '5',
        'mlflow.spanType': '"TOOL"',
      },
    })
  })
})

describe('trace as a decorator', () => {
  it.each(['the standard form', "TypeScript's older form"])(
    'records methods, with their object, in %s',
    async (form) => {
      const client = newClient()
      class Service {
        readonly #greeting = 'Hello'
        greet(name: string): string {
          return `${this.#greeting} ${name}`
        }
      }
      const decorate = client.trace({ spanType: 'TOOL' })
      const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'greet') ?? {}
      const context: object = { kind: 'method', name: 'greet' }
      const value: unknown =
        form === 'the standard form'
          ? Reflect.apply(decorate, undefined, [descriptor.value, context])
          : decorate(Service.prototype, 'greet', descriptor).value
      Object.defineProperty(Service.prototype, 'greet', { ...descriptor, value })
      expect(new Service().greet('Ada')).toBe('Hello Ada')
      await client.flush()
      expect([...tested.server.spans.values()]).toMatchObject([
        {
          name: 'greet',
          attributes: { 'mlflow.spanInputs': '{"name":"Ada"}', 'mlflow.spanOutputs': '"Hello Ada"' },
        },
      ])
    },
  )
})

describe('a trace', () => {
  it('can be seen while its spans are open, and again when they change', async () => {
    const client = newClient({ announceDelayMs: 10, announceIntervalMs: 10 })
    const root = client.startSpan({ name: 'conversation', traceMetadata: { 'mlflow.trace.session': 's' } })
    await until(() => tested.server.spans.has(root.spanId))
    expect(stored(root).endTimeUnixNano).toBeNull()
    expect(tested.server.traces.get(root.traceId)).toMatchObject({
      state: 'IN_PROGRESS',
      trace_metadata: { 'mlflow.trace.session': 's' },
    })
    root.setInputs('hello')
    await until(() => stored(root).attributes['mlflow.spanInputs'] === '"hello"')
    expect(stored(root).endTimeUnixNano).toBeNull()
    root.end()
    await client.flush()
    expect(stored(root).endTimeUnixNano).not.toBeNull()
    expect(tested.server.traces.get(root.traceId)?.state).toBe('OK')
    expect(client.stats().announcements).toBe(2)
  })

  it('announces no span that ends quickly', async () => {
    const client = newClient({ announceDelayMs: 200 })
    for (let index = 0; index < 10; index++) client.startSpan({ name: 'quick' }).end()
    await client.flush()
    expect(client.stats()).toMatchObject({ announcements: 0, delivered: { spans: 10 }, openSpans: 0 })
  })

  it('carries metadata, tags, previews and the run it came from', async () => {
    const client = newClient({ experimentName: 'voice-bot' })
    const run = client.startRun({ runName: 'call', tags: { team: 'a' } })
    const root = client.startSpan({ name: 'conversation', run, inputs: 'hi', traceTags: { a: '1' } })
    await client.withSpan(
      async () => client.updateCurrentTrace({ tags: { b: '2' }, metadata: { 'mlflow.trace.user': 'u' } }),
      { name: 'turn', parent: root },
    )
    root.end({ outputs: 'bye' })
    await client.flush()
    expect(tested.server.traces.get(root.traceId)).toMatchObject({
      trace_location: { mlflow_experiment: { experiment_id: tested.server.experiments.get('voice-bot') } },
      trace_metadata: { 'mlflow.sourceRun': run.runId, 'mlflow.trace.user': 'u' },
      tags: { 'mlflow.traceName': 'conversation', a: '1', b: '2' },
      request_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      execution_duration: expect.stringMatching(/^\d+\.\d{6}s$/),
      request_preview: 'hi',
      response_preview: 'bye',
    })
    expect(run.runId).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('a run', () => {
  it('sends metrics, params, tags and its end, in few requests', async () => {
    const client = newClient()
    const run = client.startRun({ experimentName: 'other' })
    for (let step = 0; step < 2000; step++) run.logMetric('turn.ms', step / 2, { step, timestampMs: 5 })
    run.logMetrics({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY }, { timestampMs: 5 })
    run.logParam('model', { name: 'm' })
    run.setTag('note', 7)
    run.end()
    run.end('FAILED')
    await client.flush()
    const [kept] = tested.server.runs.values()
    expect(kept?.experimentId).toBe(tested.server.experiments.get('other'))
    expect(kept?.metrics.size).toBe(2002)
    expect(kept?.metrics).toContain('turn.ms 1999 5 999.5')
    expect(kept?.metrics).toContain('nan 0 5 NaN')
    expect(kept?.params.get('model')).toBe('{"name":"m"}')
    expect(kept?.tags.get('note')).toBe('7')
    expect(kept?.status).toBe('FINISHED')
    expect(tested.server.paths.filter((path) => path.endsWith('log-batch')).length).toBeLessThanOrEqual(4)
    await expect(run.whenCreated()).resolves.toBe(run.runId)
  })

  it('begins and ends now where the time it is given is none', async () => {
    const client = newClient()
    const before = Date.now()
    client.startRun({ startTimeMs: Number.NaN }).end('FAILED', { endTimeMs: Number.NaN })
    const after = Date.now()
    await client.flush()
    const bodyOf = (call: string) => tested.server.received.find(({ path }) => path.endsWith(call))?.body
    const begun = at(bodyOf('runs/create'), 'start_time')
    const ended = at(bodyOf('runs/update'), 'end_time')
    for (const time of [begun, ended]) {
      expect(time).toBeGreaterThanOrEqual(before)
      expect(time).toBeLessThanOrEqual(after)
    }
  })

  it('says why it was not created', async () => {
    tested.server.behave = ({ path }) =>
      path.endsWith('runs/create')
        ? {
            kind: 'status',
            status: 400,
            body: '{"error_code":"INVALID_PARAMETER_VALUE","message":"No such thing."}',
          }
        : { kind: 'answer' }
    const client = newClient()
    const run = client.startRun()
    const span = client.startSpan({ name: 'root', run })
    span.end()
    await expect(run.whenCreated()).rejects.toThrow(/No such thing/)
    await client.flush()
    expect(stored(span)).toBeDefined()
    expect(tested.server.traces.get(span.traceId)).toBeDefined()
  })
})

describe('logFeedback', () => {
  it('attaches an assessment to a span of a trace', async () => {
    const client = newClient()
    client.logFeedback({
      traceId: `tr-${'a'.repeat(32)}`,
      spanId: 'b'.repeat(16),
      name: 'judge.tone',
      value: 4,
      rationale: 'Kind.',
      source: { type: 'CODE', id: 'test' },
    })
    await client.flush()
    const [assessment] = tested.server.assessments.values()
    expect(assessment).toMatchObject({
      assessment_name: 'judge.tone',
      span_id: 'b'.repeat(16),
      source: { source_type: 'CODE', source_id: 'test' },
      feedback: { value: 4 },
      rationale: 'Kind.',
    })
  })

  it('takes what is undefined for what was not given', async () => {
    const client = newClient()
    const traceId = `tr-${'a'.repeat(32)}`
    client.logFeedback({ traceId, name: 'plain', value: 4, spanId: undefined, rationale: undefined })
    await client.flush()
    const [assessment] = tested.server.assessments.values()
    expect(assessment).toMatchObject({ assessment_name: 'plain', source: { source_type: 'CODE' } })
    expect(assessment).not.toHaveProperty('span_id')
    expect(assessment).not.toHaveProperty('rationale')
  })
})

describe('createClient', () => {
  it('says what is wrong with an address', () => {
    expect(() => createClient({ trackingUri: 'localhost:5000' })).toThrow(/trackingUri is "localhost:5000"/)
  })

  it('says what is wrong with an experiment id or a header', () => {
    const trackingUri = tested.server.uri
    expect(() => createClient({ trackingUri, experimentId: 'a b\n' })).toThrow(/experimentId is "a b/)
    expect(() => createClient({ trackingUri, headers: { 'bad name': 'x' } })).toThrow(/header "bad name"/)
    expect(() => createClient({ trackingUri, headers: { good: 'bad\nvalue' } })).toThrow(/header "good"/)
  })

  it('takes the headers that can be sent, and no others', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.string({ minLength: 1 }))
    const throws = (act: () => unknown) => {
      try {
        act()
        return false
      } catch {
        return true
      }
    }
    fc.assert(
      fc.property(text, text, (name, value) => {
        const cannotBeSent = throws(() => {
          validateHeaderName(name)
          validateHeaderValue(name, value)
        })
        expect(throws(() => destinationOf({ trackingUri: 'http://h', headers: { [name]: value } }))).toBe(
          cannotBeSent,
        )
      }),
      { examples: [['A: ', '']] },
    )
  })

  it('survives a log that throws', async () => {
    const fail = () => {
      throw new Error('the log is broken')
    }
    const log: Log = { debug: fail, info: fail, warn: fail, error: fail }
    const client = newClient({ log })
    tested.server.behave = () => ({ kind: 'status', status: 503 })
    client.startSpan({ name: 'span' }).end()
    await until(() => client.stats().retries > 1)
  })
})
