import { readConversation, spanType, type TraceSummary } from '@voxtrace/model'
import { type SpanJson, spanFromJson } from '@voxtrace/protocol'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { CompatibilityResults } from './compatibility-results.ts'
import { isInstalled } from './environments.ts'
import { expectedTraces, expectedTurns } from './expected.ts'
import { getJson } from './get-json.ts'
import { startOpenAiStub } from './openai-stub.ts'
import { produce, producers, programSettings, runScript } from './producers.ts'

const results = new CompatibilityResults()
let server: TrackingServer

beforeAll(async () => {
  server = await startTrackingServer()
})

afterAll(async () => {
  await server.stop()
  await results.record()
})

function get<Answer>(path: string): Promise<Answer> {
  return getJson(`${server.url}${path}`)
}

/** All spans of the experiment that has the service's name. */
async function spansOf(service: string) {
  const { experiment } = await get<{ experiment: { experiment_id: string } }>(
    `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${service}`,
  )
  const { traces } = await get<{ traces: TraceSummary[] }>(
    `/api/voxtrace/traces?experiment_id=${experiment.experiment_id}`,
  )
  const read = traces.map(({ info }) => get<{ spans: SpanJson[] }>(`/api/voxtrace/traces/${info.traceId}`))
  return (await Promise.all(read)).flatMap(({ spans }) => spans.map(spanFromJson))
}

const mlflow = producers.find(({ name }) => name === 'mlflow-openai')

// Calls are held in real time and mostly wait, so the programs run side by side.
describe.concurrent('run for real', () => {
  it.skipIf(mlflow === undefined || !isInstalled(mlflow.environment))(
    'MLflow, with the server for its tracking server, counts every token once though it tells of them twice',
    async ({ expect, onTestFinished }) => {
      const stub = await startOpenAiStub()
      onTestFinished(() => stub.close())
      if (mlflow === undefined) return
      await runScript(mlflow.environment, mlflow.script, {
        MLFLOW_TRACKING_URI: server.url,
        OPENAI_BASE_URL: stub.baseUrl,
        ...programSettings,
      })
      const { traces } = await get<{ traces: TraceSummary[] }>('/api/voxtrace/traces?experiment_id=0')
      expect(traces).toMatchObject([
        {
          totalTokens: 66,
          spanCount: 9,
          info: {
            state: 'OK',
            metadata: { 'mlflow.trace.session': 'session-1', 'mlflow.trace.user': 'user-1' },
          },
        },
      ])
    },
  )

  it.for(producers)(
    '$name is understood by the server it exports to',
    async (producer, { expect, onTestFinished, skip }) => {
      skip(!isInstalled(producer.environment), 'not installed')
      const stub = await startOpenAiStub()
      onTestFinished(() => stub.close())
      onTestFinished(({ task }) =>
        results.add(producer.environment, producer.package, {
          client: producer.client,
          area: producer.holdsCall ? 'turns, tools, interruptions, latency' : 'span types, messages, tokens',
          works: task.result?.state === 'pass',
        }),
      )
      await produce(producer, { otlpEndpoint: server.url, openAiBaseUrl: stub.baseUrl })
      const spans = await spansOf(producer.name)
      if (producer.holdsCall) expect(readConversation(spans)?.turns).toMatchObject(expectedTurns)
      else {
        const types = spans.map((span) => `${span.name} ${spanType(span)}`)
        expect(types.sort()).toEqual([...(expectedTraces[producer.name]?.types ?? [])].sort())
      }
    },
  )
})
