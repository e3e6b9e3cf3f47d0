/**
 * How many requests a second a worker in workerd serves whose requests share a client, until everything that they
 * recorded is delivered:
 *
 *     npm run bench:client-workerd -- [--requests 300 --at-once 25 --answer-ms 40 --rounds 3]
 *
 * Each request records a trace of two spans and flushes after its answer; with a run, it also begins, measures and ends
 * one. The tracking server answers after `--answer-ms`, as one does that is not on the same machine. workerd is found as
 * the tests find it (`VOXTRACE_RUNTIMES`).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { installClient, installDependencies } from '../conformance/client/installed.ts'
import { isWorkerdInstalled, Workers } from '../conformance/client/workers.ts'
import { MisbehavingServer } from '../packages/client/src/testing/misbehaving-server.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '300' },
    'at-once': { type: 'string', default: '25' },
    'answer-ms': { type: 'string', default: '40' },
    rounds: { type: 'string', default: '3' },
  },
})
const requests = Number(values.requests)
const atOnce = Number(values['at-once'])
const answerMs = Number(values['answer-ms'])

/** After this long without all of it, what is there is told. */
const longestMs = 60_000

async function measure(installed: string, search: string): Promise<string> {
  const server = await new MisbehavingServer().start()
  server.behave = () => ({ kind: 'answer', when: sleep(answerMs) })
  const workers = await Workers.start('shared-worker.mjs', installed, server.uri)
  try {
    await workers.ask(`/warm-up${search}`)
    while (server.spans.size < 2 || (await workers.ask('/flushing')) !== 0) await sleep(50)
    const finished = () => [...server.runs.values()].filter(({ status }) => status === 'FINISHED').length
    const delivered = () => Math.min(server.spans.size / 2, search === '' ? finished() : Infinity) - 1
    const before = server.received.length
    const started = performance.now()
    let next = 0
    const asker = async () => {
      while (next < requests) await workers.ask(`/${next++}${search}`)
    }
    await Promise.all(Array.from({ length: atOnce }, asker))
    const answeredMs = performance.now() - started
    while (delivered() < requests && performance.now() - started < longestMs) await sleep(10)
    const ms = performance.now() - started
    const done = Math.floor(delivered())
    return (
      `${((done / ms) * 1000).toFixed(1)} requests/s until all is delivered (${done} of ${requests} in ${Math.round(ms)} ms, ` +
      `answered in ${Math.round(answeredMs)} ms, ${server.received.length - before} requests to the server)`
    )
  } finally {
    await workers.stop()
    await server.stop()
  }
}

if (!isWorkerdInstalled)
  throw new Error('Install conformance/client/runtimes/package.json, and name its folder.')
const directory = await mkdtemp(join(tmpdir(), 'voxtrace-bench-workerd-'))
try {
  await installDependencies(join(directory, 'node_modules'))
  const installed = await installClient(join(directory, 'node_modules'))
  for (let round = 0; round < Number(values.rounds); round++) {
    console.log(`with a run and a trace each: ${await measure(installed, '')}`)
    console.log(`with a trace each:           ${await measure(installed, '?trace-alone')}`)
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}
