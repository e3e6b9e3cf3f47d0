import type { DashboardMetric } from '@voxtrace/protocol'
import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { openStore, type Store } from '@voxtrace/store'
import { silentLog } from '@voxtrace/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scoreSpread } from '../packages/web/src/facade/dashboard-view.ts'
import { drillFilters, inGroup, scoredAt, scoredBy } from '../packages/web/src/facade/drill-filters.ts'
import { exportSpans, newSpanId, newTraceId, type SampleSpan } from './web/otlp-spans.ts'
import { readJson } from './web/web-under-test.ts'

const hourMs = 3_600_000
const beginMs = 1_800_000_000_000 - (1_800_000_000_000 % hourMs)
const stepMs = 2 * hourMs

const answer = z.object({
  series: z.array(
    z.object({
      group: z.string().nullable(),
      total: z.object({ count: z.number() }),
      points: z.array(z.object({ startMs: z.number(), count: z.number() })),
      histogram: z.array(z.object({ from: z.number(), to: z.number(), count: z.number() })),
    }),
  ),
})
const list = z.object({ traces: z.array(z.object({})), nextPageToken: z.string().nullish() })

let server: TrackingServer
let store: Store
beforeAll(async () => {
  server = await startTrackingServer()
  store = await openStore({ databaseUrl: server.databaseUrl, log: silentLog })
  // Each trace has one of everything that is counted, so that what is counted is as many as the traces it is of.
  for (const hour of [0, 1, 1, 5]) {
    const traceId = await send(hour, { interrupted: hour === 1, failed: hour === 5, model: 'gpt-4o' })
    await score(traceId, 'judge.tone', 4.5, 'LLM_JUDGE')
    await score(traceId, 'judge.calm', hour === 5 ? 1 : 5, 'LLM_JUDGE', true)
    await store.traces.setTag(traceId, 'version', hour === 5 ? 'v2' : 'v1')
  }
  // What looks alike and is not counted: a greeting that was cut off, a model whose name begins alike, what people scored,
  // what could not be judged, and a trace that holds no conversation.
  await send(3, { interrupted: true, isGreeting: true, model: 'gpt-4o-mini' })
  const unscored = await send(3, { model: 'gpt-4o-mini' })
  await score(unscored, 'judge.tone', 2, 'HUMAN')
  const unjudged = await send(3, { model: 'gpt-4o-mini' })
  await score(unjudged, 'judge.tone', null, 'LLM_JUDGE')
  await exportSpans(server.url, { traceId: newTraceId(), experimentId: '0' }, [
    { spanId: newSpanId(), name: 'job', startMs: beginMs + 3 * hourMs, endMs: beginMs + 3 * hourMs + 5 },
  ])
  // Of this one the client tells what it used as a whole, and none of its spans does.
  const toldAsWhole = await send(9, { model: 'gpt-4o-mini' })
  await store.traces.start({
    traceId: toldAsWhole,
    experimentId: '0',
    requestTimeMs: beginMs + 9 * hourMs,
    state: 'OK',
    metadata: {
      'mlflow.trace.tokenUsage': JSON.stringify({ input_tokens: 7, output_tokens: 3, total_tokens: 10 }),
      'mlflow.trace.cost': JSON.stringify({ total_cost: 0.002 }),
    },
  })
  // Scores on both sides of a level are none of it.
  const torn = await send(7, { model: 'gpt-4o-mini' })
  await score(torn, 'judge.coherence', 1, 'LLM_JUDGE')
  await score(torn, 'judge.coherence', 5, 'CODE')
})
afterAll(async () => {
  await store.close()
  await server.stop()
})

interface Call {
  model: string
  interrupted?: boolean
  failed?: boolean
  isGreeting?: boolean
}

/** A call of one turn, with one call of a model. */
async function send(hour: number, { model, interrupted, failed, isGreeting }: Call): Promise<string> {
  const traceId = newTraceId()
  const startMs = beginMs + hour * hourMs + 60_000
  const root: SampleSpan = { spanId: newSpanId(), name: 'conversation', startMs, endMs: startMs + 9_000 }
  const turn: SampleSpan = {
    spanId: newSpanId(),
    parentSpanId: root.spanId,
    name: 'turn',
    startMs,
    endMs: startMs + 8_000,
    attributes: {
      'turn.number': isGreeting ? 0 : 1,
      'turn.agent_text': 'Gladly.',
      'turn.interrupted': interrupted ?? false,
      ...(!isGreeting && {
        'turn.user_text': 'Help me.',
        'turn.voice_to_voice_ms': 900,
        'turn.latency.rag_retrieval_ms': 80,
      }),
    },
  }
  const llm: SampleSpan = {
    spanId: newSpanId(),
    parentSpanId: turn.spanId,
    name: 'llm_generation',
    startMs,
    endMs: startMs + 700,
    ...(failed && { error: 'the model is away' }),
    attributes: {
      'mlflow.spanType': '"CHAT_MODEL"',
      'llm.model': model,
      ...(model === 'gpt-4o' && {
        'llm.ttft_ms': 210,
        'llm.prompt_tokens': 10,
        'llm.completion_tokens': 5,
        'llm.total_tokens': 15,
        'mlflow.llm.cost': JSON.stringify({ total_cost: 0.01 }),
      }),
    },
  }
  await exportSpans(server.url, { traceId, experimentId: '0' }, [root, turn, llm])
  return `tr-${traceId}`
}

async function score(
  traceId: string,
  name: string,
  value: number | null,
  type: 'LLM_JUDGE' | 'CODE' | 'HUMAN',
  isOfConversation = false,
): Promise<void> {
  await store.assessments.create({
    traceId,
    name,
    value,
    spanId: isOfConversation ? null : 'any',
    kind: 'feedback',
    source: { type, id: 'someone' },
  })
}

/** What the dashboard counts, step by step and over all; `group` of one that is grouped. */
async function countedOf(metric: DashboardMetric, groupBy?: string, group: string | null = null) {
  const query = new URLSearchParams({
    experiment_id: '0',
    metric,
    from_ms: String(beginMs),
    to_ms: String(beginMs + 12 * hourMs),
    step_ms: String(stepMs),
    ...(groupBy !== undefined && { group_by: groupBy }),
  })
  const { series } = answer.parse(await readJson(`${server.url}/api/voxtrace/dashboard?${query}`))
  const found = series.find((each) => each.group === group)
  if (!found) throw new Error(`there is no series of ${group}`)
  return found
}

/** How many traces of a stretch of time the list shows under a filter. */
async function listedIn(fromMs: number, toMs: number, filter: string): Promise<number> {
  const within = `timestamp_ms >= ${fromMs} AND timestamp_ms < ${toMs}`
  const query = new URLSearchParams({
    experiment_id: '0',
    max_results: '100',
    filter: filter === '' ? within : `(${filter}) AND ${within}`,
  })
  const { traces, nextPageToken } = list.parse(await readJson(`${server.url}/api/voxtrace/traces?${query}`))
  expect(nextPageToken ?? null).toBeNull()
  return traces.length
}

describe('a point of the dashboard leads to as many traces as it counts', () => {
  test.each<[string, DashboardMetric, string, number, string?, (string | null)?]>([
    ['voice to voice', 'voice_to_voice_ms', drillFilters.voiceToVoice, 8],
    ['first token', 'first_token_ms', drillFilters.firstToken, 4],
    ['retrieval', 'latency.rag_retrieval_ms', drillFilters.retrieval, 8],
    ['traces', 'traces', '', 10],
    ['interruptions', 'interrupted_turns', drillFilters.interruptions, 2],
    ['errors', 'failed_spans', drillFilters.failedSpans, 1],
    ['tokens in', 'input_tokens', drillFilters.tokens, 5],
    ['tokens out', 'output_tokens', drillFilters.tokens, 5],
    ['cost', 'total_cost', drillFilters.cost, 5],
    ['scores of turns', 'score', scoredBy('judge.tone'), 4, 'name', 'judge.tone'],
    ['scores of whole conversations', 'score', scoredBy('judge.calm'), 4, 'name', 'judge.calm'],
    ['a model', 'traces', inGroup('model', 'gpt-4o'), 4, 'model', 'gpt-4o'],
    ['a tag', 'traces', inGroup('tag:version', 'v1'), 3, 'tag:version', 'v1'],
  ])('of %s', async (_, metric, filter, total, groupBy, group) => {
    await expect.poll(async () => (await countedOf(metric, groupBy, group)).total.count).toBe(total)
    const { points } = await countedOf(metric, groupBy, group)
    expect(await listedIn(beginMs, beginMs + 12 * hourMs, filter)).toBe(total)
    const counts = new Map(points.map(({ startMs, count }) => [startMs, count]))
    for (let startMs = beginMs; startMs < beginMs + 12 * hourMs; startMs += stepMs) {
      expect(await listedIn(startMs, startMs + stepMs, filter)).toBe(counts.get(startMs) ?? 0)
    }
  })

  test.each([
    ['judge.tone', [0, 0, 0, 0, 4]],
    ['judge.calm', [1, 0, 0, 0, 3]],
    ['judge.coherence', [1, 0, 0, 0, 1]],
  ])('of a level of %s', async (name, expected) => {
    const spread = async () => scoreSpread((await countedOf('score', 'name', name)).histogram)
    await expect.poll(spread).toEqual(expected)
    const listed: number[] = []
    for (const level of [1, 2, 3, 4, 5])
      listed.push(await listedIn(beginMs, beginMs + 12 * hourMs, scoredAt(name, level)))
    expect(listed).toEqual(expected)
  })
})

test('a stretch of time in which nothing happened counts nothing and lists nothing', async () => {
  const query = new URLSearchParams({
    experiment_id: '0',
    metric: 'voice_to_voice_ms',
    from_ms: String(beginMs - 24 * hourMs),
    to_ms: String(beginMs),
  })
  const { series } = answer.parse(await readJson(`${server.url}/api/voxtrace/dashboard?${query}`))
  expect(series).toMatchObject([{ total: { count: 0 }, points: [], histogram: [] }])
  expect(await listedIn(beginMs - 24 * hourMs, beginMs, drillFilters.voiceToVoice)).toBe(0)
})
