/**
 * What it costs ingest that conversations are queued for the judge: spans a second with and without, in turns in one run.
 *
 *     npm run bench:conversations -- [--rounds 6] [--seconds 5]
 *
 * Four writers record whole traces through the store: conversations of six turns in one trace, and turns that are
 * traces of their own, which queue a conversation each. Load and database share the machine.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Log, Span } from '@voxtrace/model'
import { openStore, type Store } from '@voxtrace/store'
import { testSpan } from '../packages/store/src/test-spans.ts'
import { startBenchDatabase } from './ingest/database.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '6' }, seconds: { type: 'string', default: '5' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const writers = 4
const partsOfTurn = [
  'user_speech',
  'end_of_utterance',
  'speech_to_text',
  'rag_retrieval',
  'llm_generation',
  'text_to_speech',
  'agent_speech',
]
const payload = 'What was said and found for this turn. '.repeat(40)
const quiet: Log = { debug() {}, info() {}, warn: console.warn, error: console.error }

const postgres = await startBenchDatabase(undefined)
try {
  for (const [name, make] of [
    ['conversations of six turns', conversation],
    ['a trace a turn', singleTurn],
  ] as const) {
    const queued = await openStore({ databaseUrl: await postgres.create('bench_queued'), log: quiet })
    const unqueued = await openStore({ databaseUrl: await postgres.create('bench_unqueued'), log: quiet })
    Object.assign(unqueued.queue, { enqueueConversations: async () => {} })
    const rates = { queued: [] as number[], unqueued: [] as number[] }
    await Promise.all([record(queued, make), record(unqueued, make)])
    for (let round = 0; round < rounds; round++) {
      rates.queued.push(await record(queued, make))
      rates.unqueued.push(await record(unqueued, make))
    }
    const ratios = rates.queued.map((rate, round) => rate / (rates.unqueued[round] ?? Number.NaN))
    console.log(
      `${name}: ${medianOf(rates.queued).toFixed(0)} spans/s queued for the judge, ${medianOf(rates.unqueued).toFixed(0)} not; ` +
        `ratio ${medianOf(ratios).toFixed(2)}, of rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`,
    )
    await Promise.all([queued.close(), unqueued.close()])
  }
} finally {
  await postgres.stop()
}

/** Spans a second that were committed. */
async function record(store: Store, make: () => Span[]): Promise<number> {
  const began = performance.now()
  let count = 0
  const write = async () => {
    while (performance.now() - began < seconds * 1000) {
      const spans = make()
      await store.spans.record({ experimentId: '0', spans })
      count += spans.length
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  return count / ((performance.now() - began) / 1000)
}

function conversation(): Span[] {
  const traceId = randomBytes(16).toString('hex')
  const root = span(traceId, null, 'conversation', { 'session.id': traceId })
  return [root, ...[1, 2, 3, 4, 5, 6].flatMap((number) => turn(traceId, root.spanId, number))]
}

function singleTurn(): Span[] {
  return turn(randomBytes(16).toString('hex'), null, 1)
}

function turn(traceId: string, parentSpanId: string | null, number: number): Span[] {
  const head = span(traceId, parentSpanId, 'turn', {
    'session.id': `session-${traceId.slice(0, 2)}`,
    'turn.number': number,
    'turn.user_text': 'How do I raise the timeout?',
    'turn.agent_text': 'With the timeout flag.',
  })
  return [head, ...partsOfTurn.map((name) => span(traceId, head.spanId, name, { payload }))]
}

function span(
  traceId: string,
  parentSpanId: string | null,
  name: string,
  attributes: Span['attributes'],
): Span {
  const endTimeUnixNano = BigInt(Date.now()) * 1_000_000n
  const startTimeUnixNano = endTimeUnixNano - 1_000_000_000n
  return testSpan({ traceId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, attributes })
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, each) => sum + each, 0) / middle.length
}
