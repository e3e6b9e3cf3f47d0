import { beforeAll, describe, expect, test } from 'vitest'
import { testSpan, testTurn } from './test-spans.ts'
import { storeOfFile } from './testing.ts'

const { store } = await storeOfFile()

let runId: string
const second = 1_000_000_000n
const begin = 1_800_000_000n * second
const root = testSpan({ name: 'conversation', startTimeUnixNano: begin, endTimeUnixNano: null })
const traceId = `tr-${root.traceId}`
const turns = Array.from({ length: 20 }, (_, index) => {
  const number = index + 1
  const startTimeUnixNano = begin + BigInt(number * 10) * second
  const turn = testTurn(
    root,
    { 'turn.number': number, 'turn.user_text': `Question ${number}`, 'turn.agent_text': `Answer ${number}` },
    { startTimeUnixNano, endTimeUnixNano: startTimeUnixNano + 8n * second },
  )
  const below = (parentSpanId: string, name: string, startTimeUnixNano: bigint) =>
    testSpan({ traceId: root.traceId, parentSpanId, name, startTimeUnixNano })
  const work = below(turn.spanId, `work ${number}`, startTimeUnixNano + second)
  return { turn, parts: [work, below(work.spanId, `step ${number}`, startTimeUnixNano + 2n * second)] }
})
/** A host whose clock is an hour behind. */
const elsewhere = testSpan({
  traceId: root.traceId,
  parentSpanId: turns[9]?.turn.spanId ?? '',
  name: 'elsewhere 10',
  startTimeUnixNano: begin - 3_600n * second,
})

beforeAll(async () => {
  runId = (await store.runs.create({ experimentId: '0' })).info.runId
  const spans = [root, ...turns.flatMap(({ turn, parts }) => [turn, ...parts]), elsewhere]
  await store.spans.record({ experimentId: '0', spans, runId })
})

const read = (number: number, mostEarlier = 3) =>
  store.turnReader.read(traceId, turns[number - 1]?.turn.spanId ?? '', mostEarlier)

describe('reading a turn of a long trace', () => {
  test('brings what was said in it, and lately before it', async () => {
    expect(await read(10)).toMatchObject({
      number: 10,
      userText: 'Question 10',
      agentText: 'Answer 10',
      interrupted: false,
      endTimeUnixNano: turns[9]?.turn.endTimeUnixNano,
      earlier: [7, 8, 9].map((number) => ({ userText: `Question ${number}`, agentText: `Answer ${number}` })),
      runId,
    })
    expect((await read(2, 50))?.earlier).toEqual([{ userText: 'Question 1', agentText: 'Answer 1' }])
  })

  test('reads the spans of it and of the turn before, and of no others', async () => {
    const names = async (number: number) => (await read(number))?.spans.map(({ name }) => name)
    expect(await names(10)).toEqual([
      'elsewhere 10',
      'turn',
      'work 9',
      'step 9',
      'turn',
      'work 10',
      'step 10',
    ])
    expect(await names(1)).toEqual(['elsewhere 10', 'conversation', 'turn', 'work 1', 'step 1'])
  })

  test('finds none where the span stands for no turn', async () => {
    expect(await store.turnReader.read(traceId, root.spanId, 3)).toBeNull()
    expect(await store.turnReader.read('tr-none', root.spanId, 3)).toBeNull()
    expect(await store.turnReader.isBehind(traceId)).toBe(false)
    expect(await store.turnReader.isBehind('tr-none')).toBe(false)
  })
})
