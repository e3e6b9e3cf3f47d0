import { describe, expectTypeOf, it } from 'vitest'
import * as mlflow from './index.ts'
import {
  type Client,
  type Conversation,
  type LiveSpan,
  type Run,
  SpanStatusCode,
  SpanType,
  type Trace,
  type Turn,
} from './index.ts'

/** Checked by the compiler: nothing here runs against a client. */
declare const client: Client

describe('the types of the API', () => {
  it('give what a function gives', () => {
    const check = () => {
      expectTypeOf(client.withSpan(() => 1)).toEqualTypeOf<number>()
      expectTypeOf(client.withSpan(async (span) => span.spanId)).toEqualTypeOf<Promise<string>>()
      const add = client.trace((a: number, b: number) => a + b, { name: 'add', spanType: 'TOOL' })
      expectTypeOf(add).parameters.toEqualTypeOf<[number, number]>()
      expectTypeOf(add).returns.toEqualTypeOf<number>()
      const fetchAll = client.trace(async (url: URL) => [url.href])
      expectTypeOf(fetchAll).returns.resolves.toEqualTypeOf<string[]>()
      // @ts-expect-error a traced function takes what the function takes
      add('1', 2)
    }
    expectTypeOf(check).toBeFunction()
  })

  it('decorate methods', () => {
    const check = (context: ClassMethodDecoratorContext) => {
      const decorated = client.trace({ spanType: SpanType.LLM })(async (text: string) => text.length, context)
      expectTypeOf(decorated).parameters.toEqualTypeOf<[string]>()
      expectTypeOf(decorated('x')).resolves.toEqualTypeOf<number>()
    }
    expectTypeOf(check).toBeFunction()
  })

  it('take known span types and any other text, and known statuses alone', () => {
    const check = (span: LiveSpan) => {
      span.setSpanType('LLM')
      span.setSpanType('my own')
      span.setStatus(SpanStatusCode.ERROR, 'why')
      // @ts-expect-error a status is UNSET, OK or ERROR
      span.setStatus('FINE')
      // @ts-expect-error a name is needed
      client.startSpan({})
      // @ts-expect-error a run ends in one of MLflow's states
      client.startRun().end('RUNNING')
    }
    expectTypeOf(check).parameters.toEqualTypeOf<[LiveSpan]>()
  })

  it('take what may be undefined as what is not given', () => {
    const check = (maybe: string | undefined) => {
      client.startSpan({ name: 'span', sessionId: maybe, traceparent: maybe }).end({ endTimeNs: undefined })
      client
        .conversation({ userId: maybe })
        .turn({ userText: maybe })
        .end({ latency: { first_token: undefined } })
      client.logFeedback({ traceId: 'tr-1', name: 'f', value: 1, rationale: maybe, spanId: maybe })
      mlflow.init({ trackingUri: maybe, experimentName: maybe, sampling: { rate: undefined } })
    }
    expectTypeOf(check).toBeFunction()
  })

  it("take what is written for MLflow's SDK", () => {
    const check = async () => {
      mlflow.init({ trackingUri: 'http://localhost:5000', experimentId: '1', trackingServerToken: 't' })
      const weather = mlflow.trace((city: string) => `sunny in ${city}`, { name: 'get-weather' })
      expectTypeOf(weather('San Francisco')).toEqualTypeOf<string>()
      const span: mlflow.LiveSpan = mlflow.startSpan({ name: 'span', spanType: mlflow.SpanType.LLM })
      span.setAttribute(mlflow.SpanAttributeKey.TOKEN_USAGE, { [mlflow.TokenUsageKey.INPUT_TOKENS]: 1 })
      span.addEvent({ name: 'event', attributes: {}, timestamp: 1n })
      span.end({ status: mlflow.SpanStatusCode.OK, outputs: {} })
      const update: mlflow.UpdateCurrentTraceOptions = { tags: { fruit: 'apple' }, clientRequestId: '1' }
      mlflow.updateCurrentTrace(update)
      const within = { sessionId: 's', user: 'ada', metadata: {}, tags: {}, enabled: true }
      expectTypeOf(mlflow.tracingContext(within, () => 1)).toEqualTypeOf<number>()
      const authProvider = mlflow.createAuthProvider({ trackingUri: 'http://a', host: 'http://a' })
      const reader = new mlflow.MlflowClient({ trackingUri: 'http://a', authProvider })
      const mlflowExperiment = { experimentId: '1' }
      const { traces } = await reader.searchTraces({
        locations: [{ type: mlflow.TraceLocationType.MLFLOW_EXPERIMENT, mlflowExperiment }],
        orderBy: ['timestamp_ms DESC'],
      })
      expectTypeOf(traces).toEqualTypeOf<mlflow.Trace[]>()
      const { data }: mlflow.Trace = await reader.getTrace('tr-1')
      expectTypeOf(data).toEqualTypeOf<mlflow.TraceData>()
      await mlflow.flushTraces()
    }
    expectTypeOf(check).toBeFunction()
  })

  it('name what is read and what is recorded', () => {
    expectTypeOf<ReturnType<Client['conversation']>>().toEqualTypeOf<Conversation>()
    expectTypeOf<ReturnType<Conversation['turn']>>().toEqualTypeOf<Turn>()
    expectTypeOf<Conversation['run']>().toEqualTypeOf<Run>()
    expectTypeOf<Trace['info']['executionDuration']>().toEqualTypeOf<number | null>()
    expectTypeOf<Parameters<Client['logFeedback']>[0]>().toHaveProperty('traceId')
  })
})
