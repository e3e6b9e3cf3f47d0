import { beforeAll, describe, expect, test } from 'vitest'
import { testSpan, testTurn } from './test-spans.ts'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

const root = testSpan({ name: 'conversation', startTimeUnixNano: 1_800_000_000_000_000_000n })
const traceId = `tr-${root.traceId}`
const turns = [
  { number: 1, userText: 'Where is my parcel?', waitMs: 900 },
  { number: 2, userText: 'And when does it come?', waitMs: 2600 },
  { number: 3, userText: 'Thank you.', waitMs: 700 },
].map(({ number, userText, waitMs }) =>
  testTurn(root, { 'turn.number': number, 'turn.user_text': userText, 'turn.voice_to_voice_ms': waitMs }),
)
const spanIds = turns.map(({ spanId }) => spanId)

beforeAll(async () => {
  await store.spans.record({ experimentId: '0', spans: [root, ...turns] })
})

const list = (filter: string, more: object = {}) =>
  store.reviews.list({ experimentId: '0', filter, unit: 'turn', order: 'newest', maxResults: 10, ...more })

describe('a review queue', () => {
  test('holds the turns of the traces that match', async () => {
    const { items, matching } = await list("turn.user_text LIKE '%'")
    expect(items.map(({ spanId, number }) => [spanId, number])).toEqual(
      spanIds.map((spanId, index) => [spanId, index + 1]),
    )
    expect(matching).toBe(3)
  })

  test('asks of each turn what the filter says of turns', async () => {
    expect((await list('turn.voice_to_voice_ms > 2000')).items).toMatchObject([
      { traceId, spanId: spanIds[1], userText: 'And when does it come?', scores: [] },
    ])
  })

  test('tells who has scored what, without the judges', async () => {
    const tone = { traceId, spanId: spanIds[0] ?? '', name: 'judge.tone', kind: 'feedback' } as const
    await store.assessments.create({ ...tone, source: { type: 'HUMAN', id: 'Ada' }, value: 4 })
    await store.assessments.create({ ...tone, source: { type: 'LLM_JUDGE', id: 'gpt-4o' }, value: 2 })
    const { items } = await list('turn.number = 1')
    expect(items[0]?.scores).toEqual([{ name: 'judge.tone', sourceId: 'Ada' }])
  })

  test('holds whole conversations when asked for them', async () => {
    const { items } = await list('turn.voice_to_voice_ms > 2000', { unit: 'conversation' })
    expect(items).toMatchObject([
      { traceId, spanId: null, number: null, userText: 'Where is my parcel?', scores: [] },
    ])
  })

  test('can be shuffled the same way each time, and says how many it was drawn from', async () => {
    const shuffled = { order: 'shuffled', maxResults: 2 }
    const first = await list('', shuffled)
    expect(first).toEqual(await list('', shuffled))
    expect([first.items.length, first.matching]).toEqual([2, 3])
  })

  test('refuses a filter that is no filter', async () => {
    await expect(list('nonsense ===')).rejects.toThrow('Invalid')
  })
})
