import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Database } from '../database.ts'
import type { Store } from '../store.ts'
import { testSpan, testTurn } from '../test-spans.ts'
import { createTestStore, silentLog } from '../testing.ts'
import { largeTrace } from '../trace-usage.ts'
import { countMarked } from './counting.ts'
import { RestingTraces } from './resting-traces.ts'

let store: Store
let database: Database
let reader: pg.Client
let close: () => Promise<void>
beforeAll(async () => {
  const made = await createTestStore()
  store = made.store
  database = Database.open(made.databaseUrl, silentLog, { longestMs: null })
  reader = new pg.Client({ connectionString: made.databaseUrl })
  await reader.connect()
  close = async () => {
    await reader.end()
    await database.close()
    await made.close()
  }
})
afterAll(() => close())
afterEach(() => vi.useRealTimers())

/** A trace of so many spans, and one that is sent another span. */
function traceOf(spanCount: number) {
  const root = testSpan({ name: 'conversation' })
  const further = () => testSpan({ traceId: root.traceId, parentSpanId: root.spanId })
  const spans = [root, ...Array.from({ length: spanCount - 1 }, further)]
  const record = (spans: Parameters<Store['spans']['record']>[0]['spans']) =>
    store.spans.record({ experimentId: '0', spans })
  const countedSpans = async () => {
    const { rows } = await reader.query<{ count: number }>(
      `SELECT (cell ->> 5)::int AS count FROM counted_traces, json_array_elements(cells) AS cell
       WHERE trace_id = $1 AND cell ->> 0 = 'spans' AND cell ->> 1 = ''`,
      [`tr-${root.traceId}`],
    )
    return rows[0]?.count
  }
  return { root, record, recordAll: () => record(spans), recordOne: () => record([further()]), countedSpans }
}

describe('a large trace that was counted lately', () => {
  test('is counted again after a while, and holds up no other meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const resting = new RestingTraces()
    const large = traceOf(1_000)
    const small = traceOf(10)
    await Promise.all([large.recordAll(), small.recordAll()])
    await countMarked(database, store.live, resting)
    await Promise.all([large.recordOne(), small.recordOne()])
    await countMarked(database, store.live, resting)
    expect([await large.countedSpans(), await small.countedSpans()]).toEqual([1_000, 11])
    vi.advanceTimersByTime(2_100)
    await countMarked(database, store.live, resting)
    expect(await large.countedSpans()).toBe(1_001)
  })

  test('has its turns read all the same', async () => {
    const resting = new RestingTraces()
    const { root, record, recordAll } = traceOf(largeTrace + 10)
    await recordAll()
    await countMarked(database, store.live, resting)
    const turn = testTurn(root, { 'turn.user_text': 'Are you there?' })
    await record([turn])
    await countMarked(database, store.live, resting)
    const read = await store.turnReader.read(`tr-${root.traceId}`, turn.spanId, 0)
    expect(read?.userText).toBe('Are you there?')
  })
})
