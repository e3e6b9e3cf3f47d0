import { randomUUID } from 'node:crypto'
import type { SessionOrder, TraceOrder } from '@voxtrace/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import { testSpan, testTurn } from '../test-spans.ts'
import { createTestStore } from '../testing.ts'

let store: Store
let close: () => Promise<void>
let experimentId: string
const beganMs = 1_800_000_000_000

interface Call {
  name: string
  waitMs: number | null
  seconds: number
  errors: number
  score: number | null
  tokens: number | null
  cost: number | null
}

/** Calls in the order in which they began, and what there is to say of each. */
const calls: Call[] = [
  { name: 'quick', waitMs: 400, seconds: 9, errors: 0, score: 5, tokens: 10, cost: 0.5 },
  { name: 'slow', waitMs: 2400, seconds: 30, errors: 1, score: 2, tokens: 900, cost: 0.1 },
  { name: 'silent', waitMs: null, seconds: 60, errors: 0, score: null, tokens: null, cost: null },
  { name: 'broken', waitMs: 900, seconds: 5, errors: 3, score: 3, tokens: 30, cost: 0.9 },
  { name: 'quick too', waitMs: 400, seconds: 8, errors: 0, score: 4, tokens: 10, cost: 0.5 },
]

beforeAll(async () => {
  ;({ store, close } = await createTestStore())
  experimentId = await store.experiments.create({ name: randomUUID() })
  for (const [index, call] of calls.entries()) await record(call, beganMs + index * 1000)
  await store.dashboards.settle()
})
afterAll(() => close())

async function record(call: Call, startMs: number): Promise<string> {
  const ns = (ms: number) => BigInt(ms) * 1_000_000n
  const root = testSpan({
    name: call.name,
    startTimeUnixNano: ns(startMs),
    endTimeUnixNano: ns(startMs + call.seconds * 1000),
    status: { code: call.errors > 0 ? 'ERROR' : 'OK', message: '' },
    attributes: {
      'session.id': call.name.startsWith('quick') ? 'quick ones' : call.name,
      ...(call.tokens !== null && { 'llm.total_tokens': call.tokens }),
      ...(call.cost !== null && { 'mlflow.llm.cost': JSON.stringify({ total_cost: call.cost }) }),
    },
  })
  const turn = testTurn(
    root,
    { 'turn.number': 1, ...(call.waitMs !== null && { 'turn.voice_to_voice_ms': call.waitMs }) },
    { startTimeUnixNano: ns(startMs + 10), endTimeUnixNano: ns(startMs + 4000) },
  )
  const failures = Array.from({ length: call.errors }, () =>
    testSpan({
      traceId: root.traceId,
      parentSpanId: root.spanId,
      startTimeUnixNano: ns(startMs + 20),
      status: { code: 'ERROR', message: 'It broke.' },
    }),
  )
  await store.spans.record({ experimentId, spans: [root, turn, ...failures] })
  const traceId = `tr-${root.traceId}`
  for (const [source, value] of [
    ['CODE', call.score],
    ['HUMAN', 1],
  ] as const) {
    if (value === null) continue
    await store.assessments.create({
      traceId,
      spanId: turn.spanId,
      kind: 'feedback',
      name: 'judge.tone',
      source: { type: source, id: 'someone' },
      value,
    })
  }
  return traceId
}

/** The names of the traces in an order, read page by page. */
async function namesIn(order: TraceOrder, filter = ''): Promise<string[]> {
  const names: string[] = []
  let pageToken: string | null = null
  do {
    const page = await store.summaries.list({
      experimentIds: [experimentId],
      order,
      filter,
      maxResults: 2,
      pageToken,
    })
    names.push(...page.items.map(({ info }) => info.tags['mlflow.traceName'] ?? ''))
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  return names
}

/** The ids of the sessions in an order, read page by page. */
async function sessionsIn(order: SessionOrder, filter = ''): Promise<string[]> {
  const ids: string[] = []
  let pageToken: string | null = null
  do {
    const page = await store.sessions.list(experimentId, { order, filter, maxResults: 2, pageToken })
    ids.push(...page.items.map(({ sessionId }) => sessionId))
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  return ids
}

describe('sessions', () => {
  test.each<[SessionOrder, string[]]>([
    ['newest', ['quick ones', 'broken', 'silent', 'slow']],
    ['oldest', ['slow', 'silent', 'broken', 'quick ones']],
    ['slowest', ['slow', 'broken', 'quick ones', 'silent']],
    ['most_errors', ['broken', 'slow', 'quick ones', 'silent']],
    ['lowest_score', ['slow', 'broken', 'quick ones', 'silent']],
    ['most_tokens', ['slow', 'broken', 'quick ones', 'silent']],
    ['most_costly', ['quick ones', 'broken', 'slow', 'silent']],
    ['fastest', ['quick ones', 'broken', 'slow', 'silent']],
    ['fewest_errors', ['quick ones', 'silent', 'broken', 'slow']],
    ['highest_score', ['quick ones', 'broken', 'slow', 'silent']],
    ['fewest_tokens', ['quick ones', 'broken', 'slow', 'silent']],
    ['least_costly', ['slow', 'broken', 'quick ones', 'silent']],
  ])('can be had %s first, by what all of their traces come to', async (order, ids) => {
    expect(await sessionsIn(order)).toEqual(ids)
  })

  test('count all of their traces, also those that the filter did not ask for', async () => {
    expect(await sessionsIn('most_costly', "name = 'quick' OR name = 'broken'")).toEqual([
      'quick ones',
      'broken',
    ])
  })
})

test('a session has its place while it has traces, and gives up one that goes to another session', async () => {
  const call = { name: 'moving', waitMs: 5000, seconds: 4, errors: 0, score: null, tokens: null, cost: null }
  const places = async () => {
    await store.dashboards.settle()
    return (await sessionsIn('slowest')).slice(0, 3)
  }
  const moving = await record(call, beganMs - 2000)
  const staying = await record({ ...call, waitMs: 450 }, beganMs - 3000)
  expect(await places()).toEqual(['moving', 'slow', 'broken'])
  await store.traces.start({
    traceId: moving,
    experimentId,
    requestTimeMs: beganMs - 2000,
    state: 'OK',
    metadata: { 'mlflow.trace.session': 'broken' },
  })
  expect(await places()).toEqual(['broken', 'slow', 'moving'])
  await store.traces.delete({ experimentId, traceIds: [moving, staying] })
  expect(await places()).toEqual(['slow', 'broken', 'quick ones'])
  expect(await sessionsIn('slowest')).not.toContain('moving')
})

describe('traces', () => {
  test.each<[TraceOrder, string[]]>([
    ['newest', ['quick too', 'broken', 'silent', 'slow', 'quick']],
    ['oldest', ['quick', 'slow', 'silent', 'broken', 'quick too']],
    ['slowest', ['slow', 'broken', 'quick too', 'quick', 'silent']],
    ['longest', ['silent', 'slow', 'quick', 'quick too', 'broken']],
    ['most_errors', ['broken', 'slow', 'quick too', 'silent', 'quick']],
    ['lowest_score', ['slow', 'broken', 'quick too', 'quick', 'silent']],
    ['most_tokens', ['slow', 'broken', 'quick too', 'quick', 'silent']],
    ['most_costly', ['broken', 'quick too', 'quick', 'slow', 'silent']],
    ['fastest', ['quick', 'quick too', 'broken', 'slow', 'silent']],
    ['shortest', ['broken', 'quick too', 'quick', 'slow', 'silent']],
    ['fewest_errors', ['quick', 'silent', 'quick too', 'slow', 'broken']],
    ['highest_score', ['quick', 'quick too', 'broken', 'slow', 'silent']],
    ['fewest_tokens', ['quick', 'quick too', 'broken', 'slow', 'silent']],
    ['least_costly', ['slow', 'quick', 'quick too', 'broken', 'silent']],
  ])(
    'can be had %s first, page by page, and those that have nothing to be ordered by last',
    async (order, names) => {
      expect(await namesIn(order)).toEqual(names)
    },
  )

  test('are ordered within what a filter asks for, of spans as well', async () => {
    expect(await namesIn('slowest', `timestamp_ms >= ${beganMs + 2000}`)).toEqual([
      'broken',
      'quick too',
      'silent',
    ])
    expect(await namesIn('longest', "span.name = 'broken' OR span.name = 'quick'")).toEqual([
      'quick',
      'broken',
    ])
    expect(
      await namesIn('fastest', "span.name = 'silent' OR span.name = 'slow' OR span.name = 'quick'"),
    ).toEqual(['quick', 'slow', 'silent'])
  })

  test('take another place once they have changed, and have none when they are deleted', async () => {
    const late = { name: 'late', waitMs: 3000, seconds: 4, errors: 0, score: null, tokens: null, cost: null }
    const announced: string[] = []
    const listening = Promise.withResolvers<boolean>()
    const stop = store.live.subscribe({
      onEvent: (event) => event.type === 'figures' && announced.push(event.experimentId),
      onListening: listening.resolve,
    })
    await listening.promise
    const traceId = await record(late, beganMs - 1000)
    await store.dashboards.settle()
    await expect.poll(() => announced).toContain(experimentId)
    stop()
    expect((await namesIn('slowest')).slice(0, 2)).toEqual(['late', 'slow'])
    await store.traces.delete({ experimentId, traceIds: [traceId] })
    expect(await namesIn('slowest')).not.toContain('late')
  })

  test('refuse a page token of another order', async () => {
    const search = { experimentIds: [experimentId], maxResults: 1 }
    const { nextPageToken } = await store.summaries.list({ ...search, order: 'slowest' })
    await expect(
      store.summaries.list({ ...search, order: 'longest', pageToken: nextPageToken }),
    ).rejects.toThrow(/belongs to another order/)
  })
})
