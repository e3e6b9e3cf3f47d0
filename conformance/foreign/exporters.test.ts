import type { TraceInfo } from '@voxtrace/model'
import type { SpanJson } from '@voxtrace/protocol'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { CompatibilityResults } from './compatibility-results.ts'
import { type Environment, isInstalled } from './environments.ts'
import { getJson } from './get-json.ts'
import { exporterEnvironments, runScript } from './producers.ts'

const { java, javascript, python } = exporterEnvironments

interface Sdk {
  environment: Environment
  script: string
  language: string
  package: string
}

const inJavaScript: Sdk = {
  environment: javascript,
  script: 'export.mjs',
  language: 'JavaScript',
  package: '@opentelemetry/exporter-trace-otlp-http',
}
const inPython: Sdk = {
  environment: python,
  script: 'export.py',
  language: 'Python',
  package: 'opentelemetry-exporter-otlp-proto-http',
}
const inJava: Sdk = {
  environment: java,
  script: 'Export.java',
  language: 'Java',
  package: 'opentelemetry-exporter-otlp',
}

/** What each language's SDK can send. */
const exporters: (Sdk & { protocol: string; compression: string })[] = [
  { ...inJavaScript, protocol: 'http/protobuf', compression: 'none' },
  { ...inJavaScript, protocol: 'http/json', compression: 'gzip' },
  { ...inPython, protocol: 'http/protobuf', compression: 'gzip' },
  { ...inPython, protocol: 'http/protobuf', compression: 'deflate' },
  { ...inJava, protocol: 'http/protobuf', compression: 'gzip' },
]

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

const lastTraceId = z.string().transform((printed) => /tr-[0-9a-f]{32}/.exec(printed)?.[0] ?? '')

describe.each(exporters)(
  "OpenTelemetry's exporter for $language, $protocol, compression $compression",
  ({ environment, script, language, package: exporter, protocol, compression }) => {
    it.skipIf(!isInstalled(environment))('delivers everything a span carries', async () => {
      onTestFinished(({ task }) =>
        results.add(environment, exporter, {
          client: `OpenTelemetry (${language})`,
          area: `OTLP, ${protocol}, compression ${compression}`,
          works: task.result?.state === 'pass',
        }),
      )
      const printed = await runScript(environment, script, {
        OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: compression,
        OTEL_SERVICE_NAME: `${environment.name} service`,
        OTEL_RESOURCE_ATTRIBUTES: 'tier=gold',
        OTEL_SPAN_EVENT_COUNT_LIMIT: '1',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      })
      const id = lastTraceId.parse(printed)
      const { info, spans } = await get<{ info: TraceInfo; spans: SpanJson[] }>(`/api/voxtrace/traces/${id}`)
      const request = spans.find(({ name }) => name === 'request')
      const chat = spans.find(({ name }) => name === 'chat small-model')
      expect(spans).toHaveLength(2)
      expect(request).toMatchObject({ kind: 'SERVER', parentSpanId: null })
      expect(chat).toMatchObject({
        parentSpanId: request?.spanId,
        kind: 'INTERNAL',
        status: { code: 'ERROR', message: 'cut off' },
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.usage.input_tokens': 7,
          score: 0.5,
          streamed: true,
          stops: ['a', 'ü'],
        },
        events: [{ name: 'token', attributes: { index: 1 } }],
        droppedEventsCount: 1,
        links: [{ traceId: request?.traceId, spanId: request?.spanId }],
        resource: { 'service.name': `${environment.name} service`, tier: 'gold' },
        scope: { name: 'exporter', version: '1.2.3' },
      })
      expect(info.state).toBe('OK')
      expect(JSON.parse(info.metadata['mlflow.trace.tokenUsage'] ?? '')).toMatchObject({ total_tokens: 12 })
      const { experiment } = await get<{ experiment: { experiment_id: string } }>(
        `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent(`${environment.name} service`)}`,
      )
      expect(info.experimentId).toBe(experiment.experiment_id)
      if (environment === javascript) {
        expect(printed).toMatch(/Partial Success.*"rejectedSpans":"?1\b.*span_?id is missing/is)
      }
    })
  },
)

it.skipIf(!isInstalled(python))(
  'an exporter names its experiment by the resource attribute voxtrace.experiment',
  async () => {
    const printed = await runScript(python, 'export.py', {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_SERVICE_NAME: 'unheard',
      OTEL_RESOURCE_ATTRIBUTES: 'voxtrace.experiment=chosen',
    })
    const { info } = await get<{ info: TraceInfo }>(`/api/voxtrace/traces/${lastTraceId.parse(printed)}`)
    const { experiment } = await get<{ experiment: { experiment_id: string } }>(
      '/api/2.0/mlflow/experiments/get-by-name?experiment_name=chosen',
    )
    expect(info.experimentId).toBe(experiment.experiment_id)
  },
)
