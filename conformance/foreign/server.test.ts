import { type Span, type TraceInfo, type TraceSummary, traceMetadata } from '@voxtrace/model'
import { decodeTraceRequestJson, type SpanJson, spanFromJson } from '@voxtrace/protocol'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from './call.ts'
import { expectedTraces } from './expected.ts'
import { fixtureSpans, fixtureText } from './fixtures.ts'
import { getJson } from './get-json.ts'
import { otlpJson } from './otlp-json.ts'
import { producers } from './producers.ts'

let server: TrackingServer

beforeAll(async () => {
  server = await startTrackingServer()
})

afterAll(async () => {
  await server.stop()
})

function get<Answer>(path: string): Promise<Answer> {
  return getJson(`${server.url}${path}`)
}

async function send(body: string): Promise<void> {
  const response = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  if (!response.ok) throw new Error(`POST /v1/traces answered ${response.status}: ${await response.text()}`)
  expect(await response.json()).toEqual({})
}

function traceOf(id: string): Promise<{ info: TraceInfo; spans: SpanJson[] }> {
  return get(`/api/voxtrace/traces/tr-${id}`)
}

async function listed(experiment: string): Promise<TraceSummary[]> {
  const found = await get<{ experiment: { experiment_id: string } }>(
    `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${experiment}`,
  )
  const page = await get<{ traces: TraceSummary[] }>(
    `/api/voxtrace/traces?experiment_id=${found.experiment.experiment_id}`,
  )
  return page.traces
}

function byId(one: Span, other: Span): number {
  return one.spanId.localeCompare(other.spanId)
}

function traceIds(spans: Span[]): string[] {
  return [...new Set(spans.map(({ traceId }) => traceId))]
}

describe.each(producers.map(({ name }) => name))('what %s exports', (name) => {
  it('is kept untouched, under the name of its service', async () => {
    const { spans } = decodeTraceRequestJson(fixtureText(name))
    await send(fixtureText(name))
    const kept: Span[] = []
    for (const id of traceIds(spans)) kept.push(...(await traceOf(id)).spans.map(spanFromJson))
    expect(kept.sort(byId)).toEqual(spans.sort(byId))
    expect((await listed(name)).length).toBe(traceIds(spans).length)
  })

  it('counts every token once, and belongs to its session and its user', async () => {
    const spans = fixtureSpans(name)
    await send(fixtureText(name))
    let total = 0
    for (const id of traceIds(spans)) {
      const { info } = await traceOf(id)
      const usage: { total_tokens?: number } = JSON.parse(info.metadata[traceMetadata.tokenUsage] ?? '{}')
      total += usage.total_tokens ?? 0
      const root = spans.find(({ traceId, parentSpanId }) => traceId === id && parentSpanId === null)
      expect(info.state).toBe(root?.status.code === 'ERROR' ? 'ERROR' : 'OK')
    }
    expect(total).toBe(expectedTokens(name))
  })
})

/** What a call costs depends on what each answer is told of the turns before. */
function expectedTokens(name: string): number | undefined {
  if (name === 'pipecat') return 8 + 15 + 50 + 55 + 39
  if (name.startsWith('livekit')) return 15 + 50 + 55 + 61
  return expectedTraces[name]?.totalTokens
}

const voices = producers.filter(({ holdsCall }) => holdsCall).map(({ name }) => name)

/** Spans that an exporter sends together. */
const batch = 5

describe.each(voices)('a call that %s exports while it goes on', (name) => {
  it('is a conversation from its first words, and never looks broken', async () => {
    const experiment = `${name} live`
    const traceId = `f${traceIds(fixtureSpans(name))[0]?.slice(1)}`
    const spans = fixtureSpans(name).map((span) => ({
      ...span,
      traceId,
      resource: { ...span.resource, 'voxtrace.experiment': experiment },
    }))
    for (let sent = 0; sent < spans.length; sent += batch) {
      await send(JSON.stringify(otlpJson(spans.slice(sent, sent + batch))))
      if (sent + batch < spans.length) expect((await traceOf(traceId)).info.state).toBe('IN_PROGRESS')
    }
    const [summary] = await listed(encodeURIComponent(experiment))
    expect(summary).toMatchObject({
      info: { state: 'OK' },
      spanCount: spans.length,
      errorCount: 0,
      turnCount: call.exchanges.length,
      interruptedCount: 1,
      firstUserText: call.exchanges[0]?.user,
    })
    expect(summary?.medianVoiceToVoiceMs).toBeGreaterThan(250)
  })
})
