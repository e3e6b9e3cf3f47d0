import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { testSpan } from './test-spans.ts'
import { createTestStore } from './testing.ts'

let store: Store
let close: () => Promise<void>
const second = 1_000_000_000n
const begin = 1_800_000_000n * second
const root = testSpan({ name: 'conversation', startTimeUnixNano: begin, endTimeUnixNano: null })
const traceId = `tr-${root.traceId}`
const child = (name: string, startSecond: bigint, change: object = {}) =>
  testSpan({
    traceId: root.traceId,
    parentSpanId: root.spanId,
    name,
    startTimeUnixNano: begin + startSecond * second,
    ...change,
  })
const early = child('early', 1n, { attributes: { said: 'It costs 100%_ of "that".' } })
const slow = child('slow', 2n, { endTimeUnixNano: begin + 60n * second })
const late = child('late', 50n)

beforeAll(async () => {
  ;({ store, close } = await createTestStore())
  await store.spans.record({ experimentId: '0', spans: [root, early, slow, late] })
})
afterAll(() => close())

const names = (spans: { name: string }[] | null) => spans?.map(({ name }) => name)

describe('reading a trace', () => {
  test('brings its spans, unless there are more than asked for', async () => {
    const whole = await store.traceReader.open(traceId, 4)
    expect([whole.spanCount, names(whole.spans)]).toEqual([4, ['conversation', 'early', 'slow', 'late']])
    expect(await store.traceReader.open(traceId, 3)).toEqual({ ...whole, spans: null })
    await expect(store.traceReader.open('tr-none')).rejects.toThrow("Trace with ID 'tr-none' not found.")
  })

  test('brings only what can have changed since a moment', async () => {
    const since = (moment: bigint, open: string[] = []) =>
      store.traceReader.changes(traceId, begin + moment * second, open)
    expect(names((await since(50n)).spans)).toEqual(['conversation', 'slow', 'late'])
    expect(names((await since(1000n)).spans)).toEqual(['conversation'])
    expect(names((await since(1000n, [early.spanId])).spans)).toEqual(['conversation', 'early'])
    expect((await since(1000n)).spanCount).toBe(4)
  })

  test('finds a text wherever it stands, and takes wildcards for themselves', async () => {
    expect(await store.traceReader.matches(traceId, 'LATE')).toEqual([late.spanId])
    expect(await store.traceReader.matches(traceId, '100%_')).toEqual([early.spanId])
    expect(await store.traceReader.matches(traceId, '0_%')).toEqual([])
  })
})
