import { randomUUID } from 'node:crypto'
import type { Span } from '@voxtrace/model'
import { beforeEach, describe, expect, test } from 'vitest'
import { testSpan, testTurn } from './test-spans.ts'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

let traceId: string
let turns: Span[]
let week: { experimentId: string; fromMs: number; toMs: number }
const startMs = 1_800_000_000_000

const judge = { type: 'LLM_JUDGE', id: 'gpt-4o' } as const
const person = (id: string) => ({ type: 'HUMAN', id }) as const

async function score(turn: number, source: typeof judge | ReturnType<typeof person>, value: number | null) {
  const spanId = turns[turn - 1]?.spanId ?? null
  await store.assessments.create({ traceId, spanId, name: 'judge.tone', kind: 'feedback', source, value })
}

beforeEach(async () => {
  const experimentId = await store.experiments.create({ name: randomUUID() })
  week = { experimentId, fromMs: startMs - 1, toMs: startMs + 7 * 24 * 3_600_000 }
  const root = testSpan({ name: 'conversation', startTimeUnixNano: BigInt(startMs) * 1_000_000n })
  traceId = `tr-${root.traceId}`
  turns = [1, 2, 3].map((number) => testTurn(root, { 'turn.number': number, 'turn.user_text': 'Hello?' }))
  await store.spans.record({ experimentId, spans: [root, ...turns] })
  await score(1, judge, 3.6)
  await score(2, judge, 5)
  await score(3, judge, 2)
  await score(1, person('Ada'), 4)
  await score(2, person('Ada'), 1)
  await score(2, person('Bob'), 2)
})

describe('agreement of judges with people', () => {
  test('pairs every score of a person with what a judge gave the same turn', async () => {
    const [tone] = await store.agreements.list(week)
    expect(tone).toMatchObject({ name: 'judge.tone', sourceType: 'LLM_JUDGE', sourceId: 'gpt-4o' })
    expect(tone?.pairs).toEqual([
      { score: 4, people: 4, count: 1 },
      { score: 5, people: 1, count: 1 },
      { score: 5, people: 2, count: 1 },
    ])
  })

  test('names the turns that they see most differently, the widest first', async () => {
    const [tone] = await store.agreements.list(week)
    const spanId = turns[1]?.spanId
    expect(tone?.apart).toEqual([
      { traceId, spanId, score: 5, people: 1 },
      { traceId, spanId, score: 5, people: 2 },
    ])
  })

  test('sets people beside each other, each two once', async () => {
    expect((await store.agreements.list(week))[1]).toEqual({
      name: 'judge.tone',
      sourceType: 'HUMAN',
      sourceId: '',
      pairs: [{ score: 2, people: 1, count: 1 }],
      apart: [],
    })
  })

  test('counts what is a number and stands, and a later score instead of an earlier one', async () => {
    await score(3, person('Ada'), null)
    await score(1, person('Ada'), 2)
    const [tone] = await store.agreements.list(week)
    expect(tone?.pairs).toContainEqual({ score: 4, people: 2, count: 1 })
    expect(tone?.pairs.reduce((sum, { count }) => sum + count, 0)).toBe(3)
  })

  test('leaves out traces that began at another time, and other experiments', async () => {
    expect(await store.agreements.list({ ...week, fromMs: startMs + 1 })).toEqual([])
    expect(await store.agreements.list({ ...week, experimentId: '0' })).toEqual([])
    expect(await store.agreements.list({ ...week, experimentId: 'none' })).toEqual([])
  })
})
