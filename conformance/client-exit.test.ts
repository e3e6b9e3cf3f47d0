import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@voxtrace/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MisbehavingServer } from '../packages/client/src/testing/misbehaving-server.ts'
import { installClient, installDependencies } from './client/installed.ts'

/** Where `conformance/client/runtimes/package.json` is installed. What is not there is skipped. */
const runtimes = process.env.VOXTRACE_RUNTIMES ?? join(import.meta.dirname, '../.cache/runtimes')
const installedAt = (path: string) => join(runtimes, 'node_modules', path)
const esm = { name: 'program.mjs', load: `import { createClient } from '@voxtrace/client'` }
const cjs = { name: 'program.cjs', load: `const { createClient } = require('@voxtrace/client')` }
const both = { 'an ECMAScript module': esm, 'a CommonJS module': cjs }
const one = { 'an ECMAScript module': esm }
const deno = [installedAt('.bin/deno'), 'run', '--allow-all', '--node-modules-dir=manual']
const executables = [
  { runtime: 'this Node', command: [process.execPath], modules: both },
  { runtime: 'Node 20', command: [installedAt('node-20/bin/node')], modules: both },
  { runtime: 'Node 22', command: [installedAt('node-22/bin/node')], modules: both },
  { runtime: 'Bun', command: [installedAt('.bin/bun'), 'run'], modules: one },
  { runtime: 'Deno', command: deno, modules: one },
]

/** How programs end in the tick in which they recorded their first span, before what sends has been loaded. */
const ends = {
  'by process.exit': { code: 3, program: `process.exit(3)` },
  'by process.exit a microtask later': { code: 3, program: `queueMicrotask(() => process.exit(3))` },
  'by process.exit in the middle of its shutdown': {
    code: 3,
    program: `void client.shutdown()\nprocess.exit(3)`,
  },
  'by a signal': {
    code: 'SIGTERM',
    program: `setInterval(() => {}, 1000)\nprocess.kill(process.pid, 'SIGTERM')`,
  },
  'by process.exit in its own listener to a signal': {
    code: 3,
    program: `process.on('SIGTERM', () => process.exit(3))\nsetInterval(() => {}, 1000)\nprocess.kill(process.pid, 'SIGTERM')`,
  },
  'by an exception': { code: 1, program: `throw new Error('the cause')` },
}

let home: string
let server: MisbehavingServer
let spill: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'voxtrace-exit-'))
  await installDependencies(join(home, 'node_modules'))
  await installClient(join(home, 'node_modules'))
})

afterAll(() => rm(home, { recursive: true, force: true }))

beforeEach(async () => {
  server = await new MisbehavingServer().start()
  await server.stop()
  spill = await mkdtemp(join(home, 'spill-'))
})

afterEach(() => server.stop())

/** Runs a program that records a span, tells of it and ends; gives by what code or signal it ended. */
async function run(command: readonly string[], name: string, program: string) {
  const folder = await mkdtemp(join(home, 'program-'))
  await writeFile(join(folder, name), program)
  const [executable = '', ...args] = command
  const child = spawn(executable, [...args, join(folder, name)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve(signal ?? status))
  })
  return { code, stderr }
}

function recording(load: string, end: string): string {
  const options = { trackingUri: server.uri, spillDirectory: spill, exitDeadlineMs: 200 }
  return `${load}
    const client = createClient({
      ...${JSON.stringify(options)},
      redact: (text) => text.replaceAll('secret', 'masked'),
    })
    const run = client.startRun({ runName: 'secret run' })
    const span = client.startSpan({ name: 'last words', inputs: { said: 'a secret' }, run })
    span.end({ outputs: 'another secret' })
    run.logMetric('words', 2)
    run.end()
    client.logFeedback({ traceId: span.traceId, name: 'tone', value: 5, rationale: 'no secret' })
    ${end}`
}

async function onDisk(): Promise<string> {
  const names = (await readdir(spill, { recursive: true })).filter((name) => name.endsWith('.segment'))
  return (await Promise.all(names.map((name) => readFile(join(spill, name), 'latin1')))).join('')
}

/** `processes`: how many have recorded the same. */
async function expectDeliveredByNext(processes: number): Promise<void> {
  await server.start()
  const next = createClient({ trackingUri: server.uri, spillDirectory: spill, handleExit: false })
  await expect.poll(() => server.assessments.size).toBe(processes)
  await expect.poll(() => next.stats().spillBytes).toBe(0)
  await next.shutdown()
  expect(await readdir(spill)).toEqual([])
  expect(server.spans.size).toBe(processes)
  for (const span of server.spans.values()) {
    expect(span).toMatchObject({
      name: 'last words',
      attributes: {
        'mlflow.spanInputs': '{"said":"a masked"}',
        'mlflow.spanOutputs': '"another masked"',
      },
    })
  }
  const runs = [...server.runs.values()].map(({ status, metrics }) => [status, metrics.size])
  expect(runs).toEqual(Array.from({ length: processes }, () => ['FINISHED', 1]))
}

describe.each(executables)('in $runtime', ({ command, modules }) => {
  describe.skipIf(!existsSync(command[0] ?? ''))('a process that ends as soon as it has recorded', () => {
    for (const [kind, { name, load }] of Object.entries(modules)) {
      for (const [end, { code, program }] of Object.entries(ends)) {
        it(`${end}, as ${kind}, leaves all of it, masked, to the next one`, async () => {
          const ended = await run(command, name, recording(load, program))
          expect(ended.code).toBe(code)
          if (code !== 1) expect(ended.stderr).toBe('')
          const left = await onDisk()
          expect(left).toContain('last words')
          expect(left).not.toContain('secret')
          await expectDeliveredByNext(1)
        })
      }
    }

    it('by process.exit at any of its first milliseconds leaves all of it, beside others', async () => {
      const { name, load } = esm
      const delays = [0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30]
      const ended = await Promise.all(
        delays.map((ms) => run(command, name, recording(load, `setTimeout(() => process.exit(3), ${ms})`))),
      )
      expect(ended).toEqual(delays.map(() => ({ code: 3, stderr: '' })))
      await expectDeliveredByNext(delays.length)
    })
  })
})
