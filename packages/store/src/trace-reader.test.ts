import { beforeAll, describe, expect, test } from 'vitest'
import { testSpan, testTurn } from './test-spans.ts'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

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
  await store.spans.record({ experimentId: '0', spans: [root, early, slow, late] })
})

const names = (spans: { name: string }[] | null) => spans?.map(({ name }) => name)

describe('reading a trace', () => {
  test('brings its spans, unless there are more than asked for', async () => {
    const whole = await store.traceReader.open(traceId, 4)
    expect([whole.spanCount, names(whole.spans)]).toEqual([4, ['conversation', 'early', 'slow', 'late']])
    expect(await store.traceReader.open(traceId, 3)).toEqual({ ...whole, spans: null })
    expect((await store.traceReader.open(traceId, 4, 1_000_000)).spans).toHaveLength(4)
    expect(await store.traceReader.open(traceId, 4, 10)).toEqual({ ...whole, spans: null })
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

  test('brings those of its assessments that are named, or all', async () => {
    const judged = testSpan({ name: 'judged', startTimeUnixNano: begin })
    await store.spans.record({ experimentId: '0', spans: [judged] })
    const id = `tr-${judged.traceId}`
    const source = { type: 'CODE', id: 'test' } as const
    for (const assessmentId of ['a-1', 'a-2', 'a-3']) {
      await store.assessments.create({ assessmentId, traceId: id, name: 'tone', kind: 'feedback', source })
    }
    const found = async (named?: string[]) => {
      const { info } = await store.traceReader.changes(id, begin, [], named)
      return info.assessments.map(({ assessmentId }) => assessmentId)
    }
    expect(await found()).toEqual(['a-1', 'a-2', 'a-3'])
    expect(await found(['a-3', 'a-gone'])).toEqual(['a-3'])
    expect(await found([])).toEqual([])
  })

  test('brings turns page by page, with what stands directly below them', async () => {
    const conversation = testSpan({ name: 'conversation', startTimeUnixNano: begin })
    const turns = [1n, 2n, 3n].map((number) => {
      const turn = testTurn(
        conversation,
        { 'turn.number': Number(number) },
        { startTimeUnixNano: begin + number * second },
      )
      const heard = testSpan({
        traceId: conversation.traceId,
        parentSpanId: turn.spanId,
        name: `heard ${number}`,
        startTimeUnixNano: begin + number * second + 1n,
      })
      const deeper = testSpan({ traceId: conversation.traceId, parentSpanId: heard.spanId, name: 'deeper' })
      return [turn, heard, deeper]
    })
    await store.spans.record({ experimentId: '0', spans: [conversation, ...turns.flat()] })
    const id = `tr-${conversation.traceId}`
    const first = await store.traceReader.turns(id, 2, null)
    expect(names(first.spans)).toEqual(['turn', 'heard 1', 'turn', 'heard 2'])
    const last = await store.traceReader.turns(id, 2, first.nextSpanId)
    expect([names(last.spans), last.nextSpanId]).toEqual([['turn', 'heard 3'], null])
  })

  test('finds a text wherever it stands, and takes wildcards for themselves', async () => {
    expect(await store.traceReader.matches(traceId, 'LATE')).toEqual([late.spanId])
    expect(await store.traceReader.matches(traceId, '100%_')).toEqual([early.spanId])
    expect(await store.traceReader.matches(traceId, '0_%')).toEqual([])
  })
})
