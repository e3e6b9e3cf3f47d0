/**
 * What tracing costs a conversation: the same turns with tracing on and off, alternating, in one process. Prints the
 * time that a turn's recording takes of the bot's thread, and the share that sending it in the background takes.
 *
 *     node --conditions=@voxtrace/source bench/overhead.ts [turns]
 */

import { createServer } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createClient } from '../packages/client/src/index.ts'
import { type ConversationRecorder, recordNothing } from '../packages/voice/src/agent/recorder.ts'
import { Turn } from '../packages/voice/src/agent/turn.ts'
import { Utterance } from '../packages/voice/src/agent/utterance.ts'
import { traceConversations } from '../packages/voice/src/telemetry.ts'

const warmUpTurns = 200
const betweenTurnsMs = 4
const log = { debug() {}, info() {}, warn: console.error, error: console.error }

const passage = 'Functions are the basic unit of execution, and they scale on their own. '.repeat(10)
const answer = 'Functions are the basic unit of execution. They scale on their own, as far as you let them.'

/** Takes what a tracking server would, in a thread of its own. */
function serve(): void {
  const run = { info: { run_id: '0'.repeat(32), experiment_id: '1' }, data: {} }
  const body = JSON.stringify({ run, runs: [], experiment: { experiment_id: '1', name: 'voice-bot' } })
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.setHeader('content-type', 'application/json').end(body))
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address !== 'string') parentPort?.postMessage(address.port)
  })
}

/** All that is recorded of one turn: a question, four passages, an answer of three clauses. */
function recordTurn(recorder: ConversationRecorder, number: number): void {
  const startMs = Date.now()
  const turn = new Turn({ number, kind: 'voice', startMs, recorder, sttModel: 'moonshine-tiny' })
  turn.speechStarted(startMs)
  const utterance = new Utterance('How do I use functions?')
  const { stages } = utterance
  stages
    .stage('rag_retrieval', startMs + 1, {
      inputs: { query: 'How do I use functions?', similarity_top_k: 4 },
    })
    .end(startMs + 3, {
      outputs: {
        context: [1, 2, 3, 4].map((id) => ({
          id: `p${id}`,
          title: 'Guide',
          source: 'guide.md',
          text: passage,
          score: 0.5,
        })),
      },
      attributes: { 'rag.retrieval_time_ms': 2, 'rag.num_docs_retrieved': 4 },
    })
  const generation = stages.stage('llm_generation', startMs + 3, {
    inputs: {
      model: 'extractive',
      messages: Array.from({ length: 8 }, (_, index) => ({
        role: index % 2 ? 'assistant' : 'user',
        content: answer,
      })),
    },
  })
  for (const text of answer.split(/(?<=[.,]) /))
    stages
      .stage('text_to_speech', startMs + 5, { inputs: { text }, attributes: { 'tts.model': 'flite-slt' } })
      .end(startMs + 40, { attributes: { 'tts.ttfb_ms': 35, 'tts.audio_ms': 900 } })
  turn.speechEnded(startMs + 900, startMs + 1_150)
  turn.transcribed({
    text: 'How do I use functions?',
    raw: 'How do I use functions?',
    final: true,
    requestedMs: startMs + 930,
    readyMs: startMs + 1_030,
    audioMs: 1_000,
  })
  turn.commit(startMs + 1_160, 'How do I use functions?')
  turn.adopt(utterance)
  generation.end(startMs + 9, {
    outputs: { response: answer },
    attributes: {
      'llm.model': 'extractive',
      'llm.ttft_ms': 1,
      'llm.prompt_tokens': 300,
      'llm.completion_tokens': 22,
      'llm.total_tokens': 322,
      'llm.tokens_estimated': true,
    },
  })
  turn.heardFrom(startMs + 1_170)
  turn.end(startMs + 5_000, { heard: answer, interrupted: false, roundTripMs: 24 })
}

interface Cost {
  /** Milliseconds of each turn's recording. */
  turns: number[]
  /** Milliseconds per turn that the thread was busy beside it. */
  backgroundMs: number
}

async function measure(recorder: ConversationRecorder, turns: number): Promise<Cost> {
  const costs: number[] = []
  const before = performance.eventLoopUtilization()
  for (let number = 1; number <= turns; number++) {
    const startMs = performance.now()
    recordTurn(recorder, number)
    costs.push(performance.now() - startMs)
    await sleep(betweenTurnsMs)
  }
  const { active } = performance.eventLoopUtilization(before)
  const recording = costs.reduce((sum, cost) => sum + cost, 0)
  return { turns: costs, backgroundMs: (active - recording) / turns }
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((one, other) => one - other)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? 0

async function main(turns: number): Promise<void> {
  const worker = new Worker(new URL(import.meta.url))
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  const trackingUri = `http://127.0.0.1:${port}`
  const client = createClient({ trackingUri, experimentName: 'voice-bot', log })
  const facts = { sessionId: 'bench', userId: null, startMs: Date.now(), params: {} }
  const on = traceConversations({ client, trackingUri, recordSound: false, log }).conversation(facts)
  const off = recordNothing.conversation(facts)
  await measure(on, warmUpTurns)
  await measure(off, warmUpTurns)
  const rounds = 4
  const traced: Cost[] = []
  const untraced: Cost[] = []
  for (let round = 0; round < rounds; round++) {
    traced.push(await measure(on, Math.ceil(turns / rounds)))
    await client.flush()
    untraced.push(await measure(off, Math.ceil(turns / rounds)))
  }
  const all = (costs: Cost[]) => costs.flatMap((cost) => cost.turns)
  const background = (costs: Cost[]) => costs.reduce((sum, cost) => sum + cost.backgroundMs, 0) / costs.length
  const row = (name: string, costs: Cost[]) =>
    console.log(
      `${name.padEnd(12)} p50 ${quantile(all(costs), 0.5).toFixed(3)} ms   p99 ${quantile(all(costs), 0.99).toFixed(3)} ms   in the background ${background(costs).toFixed(3)} ms a turn`,
    )
  console.log(`${all(traced).length} turns of 10 spans each, with and without tracing`)
  row('tracing on', traced)
  row('tracing off', untraced)
  const added = (share: number) => quantile(all(traced), share) - quantile(all(untraced), share)
  console.log(
    `added a turn  p50 ${added(0.5).toFixed(3)} ms   p99 ${added(0.99).toFixed(3)} ms   in the background ${(background(traced) - background(untraced)).toFixed(3)} ms`,
  )
  on.end(Date.now(), { reason: 'hung_up' })
  await client.shutdown()
  await worker.terminate()
}

if (isMainThread) await main(Number(process.argv[2] ?? 1_000))
else serve()
