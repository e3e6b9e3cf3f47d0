import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Span, type SpanEvent, spanInputs, spanOutputs, spanType } from '@voxtrace/model'
import { type SpanJson, spanFromJson } from '@voxtrace/protocol'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { CompatibilityResults } from './foreign/compatibility-results.ts'
import { isInstalled } from './foreign/environments.ts'
import { mlflowTypescript, runScript } from './foreign/producers.ts'

const ourSdk = '@voxtrace/client/mlflow'

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

async function outcomeOf(sdk: string): Promise<Outcome> {
  const { experiment_id: experimentId } = await ask<{ experiment_id: string }>(
    '/api/2.0/mlflow/experiments/create',
    { name: sdk },
  )
  const printed = await run('program.mjs', sdk, { EXPERIMENT_ID: experimentId })
  const { seen, traceIds }: { seen: Record<string, unknown>; traceIds: string[] } = JSON.parse(printed)
  const traces = await Promise.all(traceIds.map((id) => ask<TraceJson>(`/api/voxtrace/traces/${id}`)))
  return { seen, traces: traces.map(recordedIn) }
}

/** All but ids, times, and what SDKs say of themselves. */
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
    level: String(span.attributes['mlflow.spanLogLevel']),
    links: span.links.map(({ spanId, attributes }) => ({ spanId, attributes })),
  }
}

function notOf<Value>(pattern: RegExp, values: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !pattern.test(key)))
}

/** Runs one of the SDK's programs with the SDK itself, or with ours; gives what it printed. */
async function run(script: string, sdk: string, more: Record<string, string>): Promise<string> {
  const settings = { ...more, SDK: sdk, TRACKING_URI: server.url }
  if (sdk !== ourSdk) return runScript(mlflowTypescript, script, settings)
  const path = join(import.meta.dirname, 'foreign/mlflow-typescript', script)
  const options = { env: { ...process.env, ...settings } }
  return (await promisify(execFile)(process.execPath, ['--conditions=@voxtrace/source', path], options))
    .stdout
}

/** What `exports.mjs` prints of an SDK. */
interface Exported {
  told: Record<string, unknown>
  members: Record<string, string[]>
  levels: unknown[]
}

/** What MLflow's SDK exports and we have not, or in another way; `docs/reference/client.md` tells why. */
const different = ['InMemoryTraceManager', 'SpanStatusCode']
const lacking = {
  LiveSpan: ['allowMutatingEndedSpan'],
  MlflowClient: [
    'artifactsClient',
    'createTrace',
    'createTraceInfoV4',
    'downloadTraceDataForSearch',
    'exportOtlpSpans',
    'exportOtlpSpansToUc',
    'getHost',
    'headersProvider',
    'hostUrl',
    'uploadTraceData',
  ],
  MlflowHttpError: [],
  SpanLink: [],
  authProvider: ['getDatabricksToken', 'getHeadersProvider', 'getHost'],
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
      const mlflows = await outcomeOf('@mlflow/core')
      expect(mlflows.traces).toHaveLength(6)
      expect(await outcomeOf(ourSdk)).toEqual(mlflows)
    })

    it('finds everything by its name, with the same values, but for what is said to be different', async () => {
      const exportedBy = async (sdk: string): Promise<Exported> =>
        JSON.parse(await run('exports.mjs', sdk, {}))
      const theirs = await exportedBy('@mlflow/core')
      const ours = await exportedBy(ourSdk)
      const names = Object.keys(theirs.told).filter((name) => !isPartOf(theirs.told[name], ours.told[name]))
      expect(names.sort()).toEqual(different)
      const missing = Object.entries(theirs.members).map(([of, members]) => [
        of,
        members.filter((member) => !ours.members[of]?.includes(member)),
      ])
      expect(Object.fromEntries(missing)).toEqual(lacking)
      expect(ours.levels).toEqual(theirs.levels)
    })
  },
)

/** Whether a constant, or each value in one, is the same; ours may have more. */
function isPartOf(theirs: unknown, ours: unknown): boolean {
  if (typeof theirs !== 'object' || theirs === null) return theirs === ours
  if (typeof ours !== 'object' || ours === null) return false
  return Object.entries(theirs).every(([name, value]) => Reflect.get(ours, name) === value)
}
