import { EventEmitter } from 'node:events'
import {
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  RecordingTracerProvider,
  registerOpenTelemetry,
  VoxtraceSpanProcessor,
} from '../entries/opentelemetry.ts'
import {
  type Client,
  createClient,
  getTracingContextHeadersForHttpRequest,
  withTracingContextFromHeaders,
} from '../index.ts'
import { MisbehavingServer } from '../testing/misbehaving-server.ts'
import { KeptLog } from '../testing/with-server.ts'

let server: MisbehavingServer
let client: Client

/** Other files run in this process, and clients register a context manager where there is none. */
function unregister(): void {
  trace.disable()
  context.disable()
  propagation.disable()
}

beforeEach(async () => {
  unregister()
  server = await new MisbehavingServer().start()
  client = createClient({ trackingUri: server.uri, batchDelayMs: 2 })
})

afterEach(async () => {
  unregister()
  await client.shutdown()
  await server.stop()
})

async function sent() {
  await client.flush()
  return new Map([...server.spans.values()].map((span) => [span.name, span]))
}

describe('withSpan', () => {
  it('makes its span the active one of OpenTelemetry, along asynchronous calls', async () => {
    await client.withSpan(
      async (span) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        const active = trace.getActiveSpan()
        expect(active?.spanContext()).toMatchObject({ traceId: span.traceId.slice(3), spanId: span.spanId })
        active?.setAttribute('by', 'OpenTelemetry').setStatus({ code: SpanStatusCode.ERROR, message: 'no' })
        active?.addEvent('event', { n: 1 })
      },
      { name: 'ours' },
    )
    expect((await sent()).get('ours')).toMatchObject({
      attributes: { by: 'OpenTelemetry' },
      status: { code: 'ERROR', message: 'no' },
      events: [{ name: 'event', attributes: { n: 1 } }],
    })
  })

  it('works where another context manager is registered, and registers none then', async () => {
    registerOpenTelemetry(createClient({ trackingUri: server.uri }))
    client.withSpan((outer) => {
      expect(client.getCurrentActiveSpan()).toBe(outer)
      client.withSpan((inner) => expect(inner.parentId).toBe(outer.spanId))
    })
    expect(client.getCurrentActiveSpan()).toBeNull()
  })
})

describe('the tracer provider', () => {
  it('records what instrumentations trace, nested inside and outside of ours in one trace', async () => {
    expect(registerOpenTelemetry(client)).toEqual({
      tracerProvider: true,
      contextManager: true,
      propagator: true,
    })
    const tracer = trace.getTracer('instrumentation', '1.2')
    const traceId = await tracer.startActiveSpan('http', { kind: SpanKind.SERVER }, async (http) => {
      await client.withSpan(
        async () => {
          await tracer.startActiveSpan('db', async (db) => {
            client.startSpan({ name: 'innermost' }).end()
            db.end()
          })
        },
        { name: 'ours' },
      )
      http.setAttribute('http.route', '/')
      http.end()
      return http.spanContext().traceId
    })
    const spans = await sent()
    const [http, ours, db, innermost] = ['http', 'ours', 'db', 'innermost'].map((name) => spans.get(name))
    expect([ours?.parentSpanId, db?.parentSpanId, innermost?.parentSpanId]).toEqual([
      http?.spanId,
      ours?.spanId,
      db?.spanId,
    ])
    for (const span of [http, ours, db, innermost]) expect(span?.traceId).toBe(traceId)
    expect(http).toMatchObject({
      kind: 'SERVER',
      status: { code: 'UNSET' },
      attributes: {
        'http.route': '/',
        'otel.scope.name': 'instrumentation',
        'otel.scope.version': '1.2',
      },
    })
    expect(http?.attributes).not.toHaveProperty('mlflow.spanType')
  })

  it('nests in the spans of another client, as spans of that client do', async () => {
    const other = createClient({ trackingUri: server.uri, batchDelayMs: 2 })
    const tracer = new RecordingTracerProvider(client).getTracer('t')
    const outer = other.withSpan(
      (span) => {
        tracer.startSpan('through the API').end()
        client.startSpan({ name: 'ours' }).end()
        return span
      },
      { name: 'outer' },
    )
    await other.shutdown()
    const spans = await sent()
    for (const name of ['through the API', 'ours']) {
      expect(spans.get(name)).toMatchObject({ parentSpanId: outer.spanId, traceId: outer.traceId.slice(3) })
    }
  })

  it('nests in whatever is named as the parent: a span of another client, of another tracer, or of ours', async () => {
    const other = createClient({ trackingUri: server.uri, batchDelayMs: 2 })
    const theirs = other.startSpan({ name: 'theirs' })
    const sdks = new BasicTracerProvider().getTracer('sdk').startSpan('not recorded here')
    const ours = new RecordingTracerProvider(client).getTracer('t').startSpan('ours')
    client.startSpan({ name: 'in theirs', parent: theirs }).end()
    client.startSpan({ name: 'in that', parent: client.startSpan({ name: 'between', parent: sdks }) }).end()
    client.withSpan(() => {}, { name: 'in ours', parent: ours })
    client.startSpan({ name: 'in no span', parent: trace.wrapSpanContext(INVALID_SPAN_CONTEXT) }).end()
    theirs.end()
    await other.shutdown()
    const spans = await sent()
    expect(spans.get('in theirs')).toMatchObject({
      traceId: theirs.traceId.slice(3),
      parentSpanId: theirs.spanId,
    })
    expect(spans.get('in that')?.traceId).toBe(sdks.spanContext().traceId)
    expect(spans.get('in ours')).toMatchObject({
      traceId: ours.spanContext().traceId,
      parentSpanId: ours.spanContext().spanId,
    })
    expect(spans.get('in no span')?.parentSpanId).toBeNull()
    expect(client.stats().failures).toBe(0)
  })

  it('begins a trace where the parent is no span, says so, and keeps what it was told', async () => {
    const log = new KeptLog()
    const logged = createClient({ trackingUri: server.uri, batchDelayMs: 2, log })
    const parents: unknown[] = [{ spanId: 'b'.repeat(16) }, 'b'.repeat(16), 5]
    for (const parent of parents) {
      Reflect.apply(logged.startSpan, logged, [{ name: 'kept', parent, inputs: 'asked' }]).end()
    }
    await logged.shutdown()
    expect([...server.spans.values()]).toHaveLength(parents.length)
    for (const span of server.spans.values()) {
      expect(span).toMatchObject({ name: 'kept', parentSpanId: null })
      expect(span.attributes).toHaveProperty('mlflow.spanInputs')
    }
    expect(logged.stats().failures).toBe(parents.length)
    expect(JSON.stringify(log.warnings)).toContain('The parent is no span')
  })

  it('takes times, links and roots as the API has them', async () => {
    const tracer = new RecordingTracerProvider(client).getTracer('t')
    const link = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
    const span = tracer.startSpan('timed', {
      startTime: [1_790_000_000, 5],
      links: [{ context: link }],
      root: true,
    })
    span.addEvent('late', new Date(1_790_000_000_500))
    span.addLink({ context: link, attributes: { n: 1 } })
    span.updateName('renamed')
    span.end([1_790_000_001, 7])
    span.setAttribute('after', 'end')
    expect(span.isRecording()).toBe(false)
    expect((await sent()).get('renamed')).toMatchObject({
      startTimeUnixNano: 1_790_000_000_000_000_005n,
      endTimeUnixNano: 1_790_000_001_000_000_007n,
      links: [{ traceId: 'a'.repeat(32) }, { attributes: { n: 1 } }],
      events: [{ name: 'late', timeUnixNano: 1_790_000_000_500_000_000n }],
    })
  })

  it('carries contexts in headers, in and out', async () => {
    registerOpenTelemetry(client)
    const headers: Record<string, string> = {}
    const outer = client.withSpan(
      (span) => {
        propagation.inject(context.active(), headers)
        expect(getTracingContextHeadersForHttpRequest()).toEqual({ traceparent: span.traceparent })
        return span
      },
      { name: 'caller' },
    )
    expect(headers.traceparent).toBe(outer.traceparent)
    withTracingContextFromHeaders({ TraceParent: headers.traceparent }, () =>
      client.startSpan({ name: 'callee' }).end(),
    )
    withTracingContextFromHeaders(new Headers({ traceparent: outer.traceparent }), () =>
      client.startSpan({ name: 'callee of fetch' }).end(),
    )
    withTracingContextFromHeaders({}, () => client.startSpan({ name: 'alone' }).end())
    const extracted = propagation.extract(context.active(), headers)
    new RecordingTracerProvider(client).getTracer('t').startSpan('extracted', {}, extracted).end()
    const spans = await sent()
    for (const name of ['callee', 'callee of fetch', 'extracted']) {
      expect(spans.get(name)).toMatchObject({ parentSpanId: outer.spanId, traceId: outer.traceId.slice(3) })
    }
    expect(spans.get('alone')?.parentSpanId).toBeNull()
  })

  it('runs what it is given, whatever the headers are', () => {
    const unreadable = () => {
      throw new Error('no')
    }
    const hostile = new Proxy({}, { get: unreadable, has: unreadable, ownKeys: unreadable })
    for (const headers of [undefined, null, 1, 'traceparent', { get: unreadable }, hostile]) {
      const run = () => 'done'
      expect(Reflect.apply(withTracingContextFromHeaders, undefined, [headers, run])).toBe('done')
    }
  })

  it('hands the context to listeners and functions that are bound to it', () => {
    registerOpenTelemetry(client)
    client.withSpan((span) => {
      const bound = context.bind(context.active(), () => client.getCurrentActiveSpan())
      expect(context.with(trace.deleteSpan(context.active()), bound)).toBe(span)
      const emitter = context.bind(context.active(), new EventEmitter())
      const heard: unknown[] = []
      const listener = () => heard.push(client.getCurrentActiveSpan())
      emitter.on('event', listener)
      emitter.once('event', listener)
      context.with(trace.deleteSpan(context.active()), () => emitter.emit('event'))
      expect(heard).toEqual([span, span])
      emitter.off('event', listener)
      expect(emitter.listenerCount('event')).toBe(0)
    })
  })
})

describe('the span processor', () => {
  function sdkTracer() {
    const processor: SpanProcessor = new VoxtraceSpanProcessor(client)
    return new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('sdk', '2')
  }

  it('takes in the spans of the SDK as they are', async () => {
    const tracer = sdkTracer()
    const root = tracer.startSpan('root', { kind: SpanKind.CLIENT, attributes: { a: 1, list: ['x'] } })
    const child = tracer.startSpan('child', {}, trace.setSpan(context.active(), root))
    child.addEvent('event', { n: 1 })
    child.recordException(new Error('broken'))
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' })
    child.end()
    root.end()
    const spans = await sent()
    expect(spans.get('root')).toMatchObject({
      traceId: root.spanContext().traceId,
      spanId: root.spanContext().spanId,
      parentSpanId: null,
      kind: 'CLIENT',
      attributes: { a: 1, list: ['x'], 'otel.scope.name': 'sdk' },
    })
    expect(spans.get('child')).toMatchObject({
      parentSpanId: root.spanContext().spanId,
      status: { code: 'ERROR', message: 'broken' },
      events: [{ name: 'event' }, { name: 'exception' }],
    })
  })

  it('shows an open span while it lasts', async () => {
    client = createClient({ trackingUri: server.uri, announceDelayMs: 2, batchDelayMs: 2 })
    const span: Span = sdkTracer().startSpan('open')
    await expect.poll(() => server.spans.get(span.spanContext().spanId)?.endTimeUnixNano).toBeNull()
    span.end()
    expect((await sent()).get('open')?.endTimeUnixNano).not.toBeNull()
  })

  it('nests spans of ours inside spans of the SDK, in one trace', async () => {
    const tracer = sdkTracer()
    client.withSpan(
      () => {
        const theirs = tracer.startSpan('theirs')
        context.with(trace.setSpan(context.active(), theirs), () => client.startSpan({ name: 'ours' }).end())
        theirs.end()
      },
      { name: 'root' },
    )
    const spans = await sent()
    expect(spans.get('theirs')?.parentSpanId).toBe(spans.get('root')?.spanId)
    expect(spans.get('ours')?.parentSpanId).toBe(spans.get('theirs')?.spanId)
    expect(new Set([...spans.values()].map((span) => span.traceId)).size).toBe(1)
  })
})
