/**
 * What a long call costs: each turn is recorded as it ends and then judged, by a judge that answers at once, so that what
 * is measured is reading and writing.
 *
 *     npm run bench:judge-long-call -- [--turns 500]
 *
 * A turn has eight spans of about 2 KB, five retrieved documents among them, and a run for its scores. Everything is in
 * this process but for the embedded PostgreSQL, with fsync, on the same machine.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Judge } from '@voxtrace/judge'
import { type Log, type Span, voxtrace } from '@voxtrace/model'
import { openStore } from '@voxtrace/store'
import { judgeTurn } from '../packages/judge/src/worker/judge-turn.ts'
import { testSpan } from '../packages/store/src/test-spans.ts'
import { startBenchDatabase } from './ingest/database.ts'
import { processorTime } from './ingest/processor-time.ts'

const { values } = parseArgs({ options: { turns: { type: 'string', default: '500' } } })
const turns = Number(values.turns)
const atEnds = Math.min(50, turns)
const firstMs = Date.now() - 3_600_000
const partsOfTurn = [
  'user_speech',
  'end_of_utterance',
  'speech_to_text',
  'llm_generation',
  'text_to_speech',
  'agent_speech',
]
const payload = 'What was said and found for this turn. '.repeat(40)
const document = 'A passage that was found, as long as passages are. '.repeat(10)
const log: Log = { debug() {}, info() {}, warn: console.warn, error: console.error }
const judge: Judge = {
  source: { type: 'LLM_JUDGE', id: 'instant' },
  version: '1',
  judge: async () => ({ kind: 'scored', score: 4, rationale: 'So it is.', confidence: null, metadata: {} }),
  judgeConversation: null,
}

const postgres = await startBenchDatabase(undefined)
const store = await openStore({ databaseUrl: await postgres.create('bench_long_call'), log })
try {
  const { info } = await store.runs.create({ experimentId: '0' })
  const traceId = randomBytes(16).toString('hex')
  const root: Span = { ...span(traceId, null, 'conversation', 0, {}), endTimeUnixNano: null }
  await store.spans.record({ experimentId: '0', spans: [root], runId: info.runId })
  const took = { recording: [] as number[], judging: [] as number[] }
  const before = processorTime(process.pid, postgres.pid)
  for (let number = 1; number <= turns; number++) {
    const spans = turn(traceId, root.spanId, number)
    const began = performance.now()
    await store.spans.record({ experimentId: '0', spans, runId: info.runId })
    // A server does this for large traces by itself, once a second.
    await store.dashboards.settle()
    const recorded = performance.now()
    const place = { traceId: `tr-${traceId}`, spanId: spans[0]?.spanId ?? '' }
    const { signal } = new AbortController()
    await judgeTurn({ ...place, lastAttempt: false, signal }, judge, store, log)
    took.recording.push(recorded - began)
    took.judging.push(performance.now() - recorded)
  }
  for (const [name, ms] of Object.entries(took)) {
    console.log(
      `${name} a turn: first ${atEnds} ${mean(ms.slice(0, atEnds))} ms, last ${atEnds} ${mean(ms.slice(-atEnds))} ms; ` +
        `all ${turns} ${(sum(ms) / 1000).toFixed(1)} s`,
    )
  }
  const after = processorTime(process.pid, postgres.pid)
  const used = Object.entries(after)
    .filter(([name]) => name !== 'server')
    .map(([name, seconds]) => `${name} ${(seconds - (before[name] ?? 0)).toFixed(1)}`)
  console.log(`seconds of the processor: ${used.join(', ')}`)
} finally {
  await store.close()
  await postgres.stop()
}

function turn(traceId: string, parentSpanId: string, number: number): Span[] {
  const head = span(traceId, parentSpanId, 'turn', number, {
    [voxtrace.attributes.turnNumber]: number,
    'turn.user_text': `How do I raise the timeout the ${number}th time?`,
    'turn.agent_text': 'With the timeout flag, which takes a number of seconds.',
  })
  const retrieval = span(traceId, head.spanId, 'rag_retrieval', number, {
    'mlflow.spanType': 'RETRIEVER',
    'mlflow.spanOutputs': JSON.stringify(
      [1, 2, 3, 4, 5].map((rank) => ({ page_content: document, metadata: { title: `Passage ${rank}` } })),
    ),
  })
  return [
    head,
    retrieval,
    ...partsOfTurn.map((name) => span(traceId, head.spanId, name, number, { payload })),
  ]
}

/** Turns follow each other every seven seconds and ended an hour ago, so that nobody waits for more of them. */
function span(
  traceId: string,
  parentSpanId: string | null,
  name: string,
  number: number,
  attributes: Span['attributes'],
): Span {
  const startTimeUnixNano = BigInt(firstMs + number * 7_000 - turns * 7_000) * 1_000_000n
  const endTimeUnixNano = startTimeUnixNano + 6_000_000_000n
  return testSpan({ traceId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, attributes })
}

function mean(numbers: readonly number[]): string {
  return (sum(numbers) / numbers.length).toFixed(1)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
