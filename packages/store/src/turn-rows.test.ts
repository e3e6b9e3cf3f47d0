import { type JsonObject, readConversation, type Span } from '@voxtrace/model'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { testSpan, testTurn } from './test-spans.ts'
import { createTestStore } from './testing.ts'
import { largeTrace } from './trace-usage.ts'

let store: Store
let database: pg.Client
let close: () => Promise<void>
beforeAll(async () => {
  const made = await createTestStore()
  store = made.store
  database = new pg.Client({ connectionString: made.databaseUrl })
  await database.connect()
  close = async () => {
    await database.end()
    await made.close()
  }
})
afterAll(() => close())

const begin = 1_800_000_000_000_000_000n

/** The turns as their rows tell them. */
async function rows(traceId: string) {
  const { rows } = await database.query(
    `SELECT span_id, number, ended, interrupted, user_text, agent_text, latency FROM turns
     WHERE trace_id = $1 ORDER BY span_id`,
    [`tr-${traceId}`],
  )
  return rows
}

/** The turns as all spans of the trace tell them. */
async function derived(traceId: string) {
  const turns = readConversation(await store.spans.ofTrace(`tr-${traceId}`))?.turns ?? []
  return turns
    .map((turn) => ({
      span_id: turn.spanId,
      number: turn.number,
      ended: turn.endTimeUnixNano !== null,
      interrupted: turn.interrupted,
      user_text: turn.userText,
      agent_text: turn.agentText,
      latency: turn.latency,
    }))
    .sort((a, b) => (a.span_id < b.span_id ? -1 : 1))
}

const names = [
  ...['conversation', 'turn', 'turn', 'user_speech', 'speech_to_text', 'rag_retrieval', 'llm_generation'],
  ...['text_to_speech', 'agent_speech', 'stt', 'llm', 'tts', 'agent_session', 'user_turn', 'user_turn'],
  ...['agent_turn', 'agent_turn', 'llm_node', 'tts_node', 'on_enter', 'agent_speaking', 'request'],
]

const attributes: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      'turn.number': fc.integer({ min: 0, max: 6 }),
      'turn.type': fc.constant('conversation'),
      'turn.was_interrupted': fc.boolean(),
      'turn.user_text': fc.constantFrom('Asked', 'Asked again'),
      'turn.agent_text': fc.constantFrom('Answered', 'Answered again'),
      'lk.speech_id': fc.constantFrom('first', 'second'),
      'lk.interrupted': fc.boolean(),
      'lk.response.text': fc.constant('Said'),
      'lk.user_input': fc.constant('Put in'),
      'lk.user_transcript': fc.constant('Heard'),
      'mlflow.spanType': fc.constantFrom('CHAT_MODEL', 'RETRIEVER'),
      input: fc.constant('[{"role":"assistant","content":"Hello"},{"role":"user","content":"Why?"}]'),
      output: fc.constant('Because'),
    },
    { requiredKeys: [] },
  )
  .map((chosen) => Object.fromEntries(Object.entries(chosen)))

/** A record of one of a few spans: of any parent, of any time, open or ended, and perhaps not the only one. */
const record = fc.record({
  span: fc.integer({ min: 1, max: 14 }),
  parent: fc.option(fc.integer({ min: 1, max: 16 }), { freq: 8 }),
  name: fc.constantFrom(...names),
  second: fc.integer({ min: 0, max: 12 }),
  lasts: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 3 }),
  attributes,
})
type Recorded = typeof record extends fc.Arbitrary<infer Value> ? Value : never

const spanId = (number: number) => number.toString(16).padStart(16, '0')

function spanOf(traceId: string, { span, parent, name, second, lasts, attributes }: Recorded): Span {
  const startTimeUnixNano = begin + BigInt(second) * 1_000_000_000n
  return testSpan({
    traceId,
    spanId: spanId(span),
    parentSpanId: parent === null ? null : spanId(parent),
    name,
    startTimeUnixNano,
    endTimeUnixNano: lasts === null ? null : startTimeUnixNano + BigInt(lasts) * 1_000_000_000n,
    attributes,
  })
}

/** Has the turns brought up to date, whatever came before. */
const lastTurn: Recorded = { span: 15, parent: 1, name: 'turn', second: 13, lasts: 1, attributes: {} }

describe('the rows of turns', () => {
  test('are what all spans tell, in whatever parts, order and number the spans come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(record, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 5 }),
        async (batches) => {
          const { traceId } = testSpan()
          for (const batch of batches) {
            await store.spans.record({
              experimentId: '0',
              spans: [...batch, lastTurn].map((each) => spanOf(traceId, each)),
            })
            expect(await rows(traceId)).toEqual(await derived(traceId))
          }
        },
      ),
      { numRuns: Number(process.env.VOXTRACE_FUZZ_RUNS ?? 25), endOnFailure: true },
    )
  }, 120_000)

  /** A call of so many turns, whose first turn's row then says something else than its spans. */
  async function callWithMark(turnCount: number, filler: number) {
    const root = testSpan({ name: 'conversation', endTimeUnixNano: null, startTimeUnixNano: begin })
    const turns = Array.from({ length: turnCount }, (_, index) => {
      const startTimeUnixNano = begin + BigInt(index + 1) * 10_000_000_000n
      return testTurn(root, { 'turn.user_text': `Question ${index + 1}` }, { startTimeUnixNano })
    })
    const others = Array.from({ length: filler }, () =>
      testSpan({ traceId: root.traceId, parentSpanId: root.spanId }),
    )
    await store.spans.record({ experimentId: '0', spans: [root, ...others, ...turns] })
    await database.query(`UPDATE turns SET user_text = 'Marked' WHERE trace_id = $1 AND span_id = $2`, [
      `tr-${root.traceId}`,
      turns[0]?.spanId,
    ])
    const textOfFirst = async () => {
      await store.dashboards.settle()
      return (await rows(root.traceId)).find(({ span_id }) => span_id === turns[0]?.spanId)?.user_text
    }
    return { root, turns, textOfFirst }
  }

  test.each([
    ['short', 0],
    ['large', largeTrace],
  ])('of a %s trace stay as they are where no span of the turn has changed', async (_name, filler) => {
    const { root, turns, textOfFirst } = await callWithMark(4, filler)
    const below = (turn: Span | undefined) =>
      testSpan({ traceId: root.traceId, parentSpanId: turn?.spanId ?? null, name: 'speech_to_text' })
    const later = testTurn(root, {}, { startTimeUnixNano: begin + 60_000_000_000n })
    await store.spans.record({ experimentId: '0', spans: [below(turns[2]), later] })
    expect(await textOfFirst()).toBe('Marked')
    await store.spans.record({ experimentId: '0', spans: [below(turns[0])] })
    expect(await textOfFirst()).toBe('Question 1')
    expect(await rows(root.traceId)).toEqual(await derived(root.traceId))
  })
})
