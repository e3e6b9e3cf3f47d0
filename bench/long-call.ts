/**
 * What recording a turn costs as a call grows: turns of one call are sent as the bot sends them, and what later ones cost is
 * set beside those around the 10th.
 *
 *     npm run bench:long-call
 *
 * A turn is announced when it begins, and its seven stages of about 2 KB come as they end, in four exports, the last with
 * the turn. Then the figures are brought up to date, as a server does about once a second. Turns between those that are looked
 * at come forty at a time. Everything is in this process but for the embedded PostgreSQL, with fsync, on the same machine.
 */
import { type Log, mlflowAttributes, type Span, voxtrace } from '@voxtrace/model'
import { openStore } from '@voxtrace/store'
import { testSpan } from '../packages/store/src/test-spans.ts'
import { startBenchDatabase } from './ingest/database.ts'
import { processorTime } from './ingest/processor-time.ts'

const looksAt = [10, 100, 300, 600, 640]
/** Turns that are looked at together, since the processor's time is told in hundredths of a second. */
const turnsOfLook = 20
const turnsOfGap = 40
const payload = 'What was said and found for this turn. '.repeat(50)
const passages = [1, 2, 3, 4, 5].map((rank) => ({
  page_content: 'A passage that was found, as long as passages are. '.repeat(7),
  metadata: { title: `Passage ${rank}` },
}))
const log: Log = { debug() {}, info() {}, warn: console.warn, error: console.error }

const postgres = await startBenchDatabase(undefined)
const store = await openStore({ databaseUrl: await postgres.create('bench_long_call'), log })
try {
  const { info } = await store.runs.create({ experimentId: '0' })
  const beginNs = BigInt(Date.now()) * 1_000_000n
  const root = testSpan({
    name: 'conversation',
    startTimeUnixNano: beginNs,
    endTimeUnixNano: null,
    attributes: { 'session.id': 'call' },
  })
  const record = (spans: Span[]) => store.spans.record({ experimentId: '0', spans, runId: info.runId })
  await record([root])
  let next = 1
  let firstMs: number | null = null
  for (const turn of looksAt) {
    for (const begin = turn - turnsOfLook / 2; next <= begin; ) {
      const end = Math.min(begin + 1, next + turnsOfGap)
      const numbers = Array.from({ length: end - next }, (_, index) => next + index)
      await record(numbers.flatMap((number) => exportsOf(root, number).slice(1).flat()))
      await store.dashboards.settle()
      next = end
    }
    const exportsMs: number[] = []
    let countingMs = 0
    const before = processorTime(process.pid, postgres.pid)
    for (const end = next + turnsOfLook; next < end; next++) {
      for (const spans of exportsOf(root, next)) {
        const began = performance.now()
        await record(spans)
        exportsMs.push(performance.now() - began)
      }
      const began = performance.now()
      await store.dashboards.settle()
      countingMs += performance.now() - began
    }
    const after = processorTime(process.pid, postgres.pid)
    const used = Object.entries(after)
      .filter(([name]) => name !== 'server')
      .map(([name, seconds]) => ({ name, ms: ((seconds - (before[name] ?? 0)) / turnsOfLook) * 1000 }))
    const usedMs = used.reduce((sum, { ms }) => sum + ms, 0)
    firstMs ??= usedMs
    exportsMs.sort((a, b) => a - b)
    console.log(
      `turn ${turn}: ${usedMs.toFixed(1)} ms of the processor, ${(usedMs / firstMs).toFixed(2)} times turn ${looksAt[0]} ` +
        `(${used.map(({ name, ms }) => `${name} ${ms.toFixed(1)}`).join(', ')}); an export ${at(exportsMs, 0.5)} ms, ` +
        `p90 ${at(exportsMs, 0.9)}; figures ${(countingMs / turnsOfLook).toFixed(1)} ms`,
    )
  }
} finally {
  await store.close()
  await postgres.stop()
}

function exportsOf(root: Span, number: number): Span[][] {
  const beginNs = root.startTimeUnixNano + BigInt(number) * 7_000_000_000n
  const at = (fromMs: number, toMs: number | null) => ({
    traceId: root.traceId,
    startTimeUnixNano: beginNs + BigInt(fromMs) * 1_000_000n,
    endTimeUnixNano: toMs === null ? null : beginNs + BigInt(toMs) * 1_000_000n,
  })
  const head = testSpan({
    ...at(0, null),
    parentSpanId: root.spanId,
    name: 'turn',
    attributes: { [voxtrace.attributes.turnNumber]: number },
  })
  const stage = (name: string, fromMs: number, toMs: number, attributes: Span['attributes'] = { payload }) =>
    testSpan({ ...at(fromMs, toMs), parentSpanId: head.spanId, name, attributes })
  const turn: Span = {
    ...head,
    ...at(0, 6_000),
    attributes: {
      ...head.attributes,
      'turn.user_text': `How do I raise the timeout the ${number}th time?`,
      'turn.agent_text': 'With the timeout flag, which takes a number of seconds.',
    },
  }
  return [
    [head],
    [
      stage('user_speech', 0, 1_500),
      stage('end_of_utterance', 1_500, 1_700),
      stage('speech_to_text', 1_500, 1_750, { payload, 'stt.model': 'moonshine' }),
    ],
    [
      stage('rag_retrieval', 1_750, 1_800, {
        [mlflowAttributes.spanType]: JSON.stringify('RETRIEVER'),
        [mlflowAttributes.spanOutputs]: JSON.stringify(passages),
      }),
      stage('llm_generation', 1_800, 2_100, {
        payload,
        'llm.model': 'offline',
        'llm.ttft_ms': 90,
        'llm.prompt_tokens': 900,
        'llm.completion_tokens': 40,
        'llm.total_tokens': 940,
      }),
    ],
    [
      stage('text_to_speech', 1_900, 2_300, { payload, 'tts.model': 'flite' }),
      stage('agent_speech', 2_000, 5_900),
      turn,
    ],
  ]
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN).toFixed(1)
}
