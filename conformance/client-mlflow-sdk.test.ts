import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SpanLogLevel } from '@voxtrace/client'
import { type Span, type SpanEvent, spanInputs, spanOutputs, spanType } from '@voxtrace/model'
import { type SpanJson, spanFromJson } from '@voxtrace/protocol'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { CompatibilityResults } from './foreign/compatibility-results.ts'
import { isInstalled } from './foreign/environments.ts'
import { mlflowTypescript, runScript } from './foreign/producers.ts'

const program = 'program.mjs'
const programPath = join(import.meta.dirname, 'foreign/mlflow-typescript', program)

/** What an application saw of its SDK, and what the server has of it. */
interface Outcome {
  seen: Record<string, unknown>
  traces: unknown[]
}

interface TraceJson {
  info: {
    state: string
    clientRequestId: string | null
    tags: Record<string, string>
    metadata: Record<string, string>
  }
  spans: SpanJson[]
}

const results = new CompatibilityResults()
let server: TrackingServer

beforeAll(async () => {
  server = await startTrackingServer()
})

afterAll(async () => {
  await server.stop()
  await results.record()
})

async function ask<Answer>(path: string, body?: object): Promise<Answer> {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(`${server.url}${path}`, request)
  const answer: Answer = await response.json()
  return answer
}

async function outcomeOf(
  sdk: string,
  run: (settings: Record<string, string>) => Promise<string>,
): Promise<Outcome> {
  const { experiment_id: experimentId } = await ask<{ experiment_id: string }>(
    '/api/2.0/mlflow/experiments/create',
    { name: sdk },
  )
  const printed = await run({ SDK: sdk, TRACKING_URI: server.url, EXPERIMENT_ID: experimentId })
  const { seen, traceIds }: { seen: Record<string, unknown>; traceIds: string[] } = JSON.parse(printed)
  const traces = await Promise.all(traceIds.map((id) => ask<TraceJson>(`/api/voxtrace/traces/${id}`)))
  return { seen, traces: traces.map(recordedIn) }
}

/** All but ids, times, what SDKs say of themselves, and the level that MLflow's gives to spans without one. */
function recordedIn({ info: { state, clientRequestId, tags, metadata }, spans }: TraceJson) {
  const recorded = spans.map(spanFromJson)
  const nameOf = (id: string | null) => recorded.find(({ spanId }) => spanId === id)?.name ?? null
  return {
    state,
    clientRequestId,
    tags: notOf(/^mlflow\./, tags),
    metadata: notOf(/^mlflow\.trace(Inputs|Outputs|_schema|\.sizeBytes)/, metadata),
    spans: recorded
      .map((span) => ({ ...factsOf(span), parent: nameOf(span.parentSpanId) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
  }
}

function factsOf(span: Span) {
  return {
    name: span.name,
    type: spanType(span),
    inputs: spanInputs(span),
    outputs: spanOutputs(span),
    status: span.status,
    attributes: notOf(/^mlflow\./, span.attributes),
    events: span.events.map(({ name, attributes }: SpanEvent) => ({
      name,
      attributes: notOf(/stacktrace$/, attributes),
    })),
    isWarning: String(span.attributes['mlflow.spanLogLevel']) === String(SpanLogLevel.WARNING),
    links: span.links.map(({ spanId, attributes }) => ({ spanId, attributes })),
  }
}

function notOf<Value>(pattern: RegExp, values: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !pattern.test(key)))
}

describe.skipIf(!isInstalled(mlflowTypescript))(
  "an application written for MLflow's TypeScript SDK (needs conformance/foreign/install.ts)",
  () => {
    it('records the same, and sees the same, when nothing but its import is changed', async () => {
      onTestFinished(({ task }) =>
        results.add(mlflowTypescript, '@mlflow/qwen-code', {
          client: 'MLflow, TypeScript',
          area: 'spans, functions, sessions, contexts, reading',
          works: task.result?.state === 'pass',
        }),
      )
      const mlflows = await outcomeOf('@mlflow/core', (settings) =>
        runScript(mlflowTypescript, program, settings),
      )
      const ours = await outcomeOf('@voxtrace/client', async (settings) => {
        const env = { ...process.env, ...settings }
        const run = promisify(execFile)
        return (await run(process.execPath, ['--conditions=@voxtrace/source', programPath], { env })).stdout
      })
      expect(mlflows.traces).toHaveLength(6)
      expect(ours).toEqual(mlflows)
    }, 90_000)
  },
)
