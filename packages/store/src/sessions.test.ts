import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from './search/query.ts'
import type { Session } from './sessions.ts'
import type { Store } from './store.ts'
import { testSpan, testTurn } from './test-spans.ts'
import { createTestStore } from './testing.ts'

let store: Store
let close: () => Promise<void>
const start = 1_800_000_000_000_000_000n

beforeAll(async () => {
  ;({ store, close } = await createTestStore())
  for (const [index, session] of ['s-1', 's-2', 's-1'].entries()) {
    const root = testSpan({
      name: 'conversation',
      startTimeUnixNano: start + BigInt(index) * 60_000_000_000n,
      attributes: { 'session.id': session },
    })
    const turn = testTurn(
      root,
      {
        'turn.number': 1,
        'turn.user_text': `Question ${index}`,
        'turn.voice_to_voice_ms': 900 + index,
        'turn.interrupted': index === 2,
      },
      { startTimeUnixNano: root.startTimeUnixNano },
    )
    await store.spans.record({ experimentId: '0', spans: [root, turn] })
    const said = {
      traceId: `tr-${root.traceId}`,
      spanId: turn.spanId,
      name: 'judge.tone',
      kind: 'feedback',
    } as const
    await store.assessments.create({ ...said, source: { type: 'CODE', id: 'offline' }, value: 2 + index })
    await store.assessments.create({ ...said, source: { type: 'HUMAN', id: 'Ada' }, value: 1 })
    const ofWhole = { ...said, spanId: null, name: 'judge.calm', value: 5 - index }
    await store.assessments.create({ ...ofWhole, source: { type: 'LLM_JUDGE', id: 'model' } })
    await store.assessments.create({ ...ofWhole, source: { type: 'HUMAN', id: 'Ada' }, value: 1 })
  }
  await store.spans.record({ experimentId: '0', spans: [testSpan({ name: 'without a session' })] })
})
afterAll(() => close())

test('sessions come newest first, each with what its traces come to', async () => {
  const { items, nextPageToken } = await store.sessions.list('0', { maxResults: 10 })
  expect(nextPageToken).toBeNull()
  expect(items).toMatchObject([
    {
      sessionId: 's-1',
      traceCount: 2,
      turnCount: 2,
      interruptedCount: 1,
      firstUserText: 'Question 2',
      slowestMs: 902,
      lowestScore: 2,
      wholeScores: { 'judge.calm': 3 },
      firstMs: 1_800_000_000_000,
      lastMs: 1_800_000_120_000,
    },
    {
      sessionId: 's-2',
      traceCount: 1,
      turnCount: 1,
      slowestMs: 901,
      lowestScore: 3,
      wholeScores: { 'judge.calm': 4 },
    },
  ])
})

test('sessions come page by page', async () => {
  const first = await store.sessions.list('0', { maxResults: 1 })
  expect(first.items.map(({ sessionId }) => sessionId)).toEqual(['s-1'])
  const second = await store.sessions.list('0', { maxResults: 1, pageToken: first.nextPageToken ?? '' })
  expect(second.items.map(({ sessionId }) => sessionId)).toEqual(['s-2'])
  expect(second.nextPageToken).toBeNull()
})

test('a filter of traces asks for sessions that have such a trace, and counts all of their traces', async () => {
  const filter = "turn.user_text = 'Question 0'"
  const { items } = await store.sessions.list('0', { maxResults: 10, filter })
  expect(items).toMatchObject([{ sessionId: 's-1', traceCount: 2, slowestMs: 902 }])
  await expect(store.sessions.list('0', { maxResults: 10, filter: 'nonsense = 1' })).rejects.toThrow(
    /Invalid attribute key 'nonsense'/,
  )
  const one = await store.sessions.list('0', { maxResults: 1, filter: 'turn.number = 1' })
  await expect(
    store.sessions.list('0', { maxResults: 1, filter, pageToken: one.nextPageToken ?? '' }),
  ).rejects.toThrow(/token/i)
})

test('ids of sessions and traces come without the rest, page by page', async () => {
  const first = await store.sessions.ids('0', { maxResults: 1 })
  const second = await store.sessions.ids('0', { maxResults: 1, pageToken: first.nextPageToken })
  expect([first.items, second.items, second.nextPageToken]).toEqual([['s-1'], ['s-2'], null])
  expect((await store.sessions.ids('none', { maxResults: 1 })).items).toEqual([])

  const query = { experimentIds: ['0'], filter: 'turn.interrupted = true OR turn.voice_to_voice_ms = 900' }
  const traces = await store.search.traceIds({ ...query, maxResults: 1 })
  const further = await store.search.traceIds({ ...query, maxResults: 1, pageToken: traces.nextPageToken })
  const whole = await store.search.traces({ ...query, maxResults: 10 })
  expect([...traces.items, ...further.items]).toEqual(whole.items.map(({ traceId }) => traceId))
})

describe('sessions page by page', () => {
  const manyOfOneMoment = Array.from({ length: 26 }, (_, index) => `of one start ${index + 10}`)
  /** The sessions of traces, and the second in which each of the traces began. */
  const seconds: Record<string, number[]> = {
    long: Array.from({ length: 90 }, (_, index) => 100 + index),
    'as long': Array.from({ length: 90 }, (_, index) => 100 + index),
    'back again': [0, 150],
    'of one moment': [50],
    'of the same moment': [50, 50],
    'also of it': [50, 1],
    early: [2],
    ...Object.fromEntries(manyOfOneMoment.map((session) => [session, [1]])),
  }
  let experimentId: string
  beforeAll(async () => {
    experimentId = await store.experiments.create({ name: 'sessions of many lengths' })
    const spans = Object.entries(seconds).flatMap(([session, times]) =>
      times.map((second) =>
        testSpan({
          name: second < 100 ? 'early' : 'late',
          startTimeUnixNano: start + BigInt(second) * 1_000_000_000n,
          attributes: { 'session.id': session },
        }),
      ),
    )
    await store.spans.record({ experimentId, spans })
  })

  const pages = async (maxResults: number, filter = '') => {
    const ids: string[][] = []
    for (let pageToken: string | null = ''; pageToken !== null; ) {
      const page: Page<Session> = await store.sessions.list(experimentId, { maxResults, filter, pageToken })
      ids.push(page.items.map(({ sessionId }) => sessionId))
      pageToken = page.nextPageToken
    }
    return ids
  }

  test.each([1, 2, 3, 10])(
    'each come once, %s a page, by their newest trace and then by name',
    async (most) => {
      const found = await pages(most)
      expect(found.flat()).toEqual([
        'as long',
        'long',
        'back again',
        'also of it',
        'of one moment',
        'of the same moment',
        'early',
        ...manyOfOneMoment,
      ])
      expect(found.slice(0, -1).every(({ length }) => length === most)).toBe(true)
    },
  )

  test('come by the newest trace that the filter asks for, whatever came after it', async () => {
    expect((await pages(2, "name = 'early'")).flat()).toEqual([
      'also of it',
      'of one moment',
      'of the same moment',
      'early',
      ...manyOfOneMoment,
      'back again',
    ])
  })
})

test('sessions of one moment come in the order of their ids, however many traces of that moment there are', async () => {
  const experimentId = await store.experiments.create({ name: 'one moment' })
  const spanOf = (session: string, change = {}) =>
    testSpan({ startTimeUnixNano: start, attributes: { 'session.id': session }, ...change })
  const others = Array.from({ length: 40 }, (_, index) => spanOf(index % 2 === 0 ? 'b' : 'c'))
  const spans = [...others, spanOf('a', { traceId: 'f'.repeat(32) })]
  await store.spans.record({ experimentId, spans })
  const { items } = await store.sessions.list(experimentId, { maxResults: 1 })
  expect(items.map(({ sessionId, traceCount }) => [sessionId, traceCount])).toEqual([['a', 1]])
})
