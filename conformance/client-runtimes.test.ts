import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MisbehavingServer } from '../packages/client/src/testing/misbehaving-server.ts'
import { installClient, installDependencies } from './client/installed.ts'
import { runtime as bin, isWorkerdInstalled, Workers } from './client/workers.ts'

let directory: string
let installed: string
let server: MisbehavingServer

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voxtrace-runtimes-'))
  await installDependencies(join(directory, 'node_modules'))
  installed = await installClient(join(directory, 'node_modules'))
  await cp(join(import.meta.dirname, 'client/own-realm.mjs'), join(installed, 'dist/own-realm.mjs'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

beforeEach(async () => {
  server = await new MisbehavingServer().start()
})

afterEach(() => server.stop())

const program = join(import.meta.dirname, 'client/runtime-program.mjs')
const told = z.object({ nested: z.boolean(), delivered: z.object({ spans: z.number() }) })

/** Runs the program in a runtime; gives what it told, and by what code or signal it ended. */
async function recordIn(command: readonly string[], module: string, ...how: string[]) {
  const [executable = '', ...args] = [
    ...command,
    program,
    join(installed, 'dist', module),
    server.uri,
    ...how,
  ]
  const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  const ended = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
  return { ...told.parse(JSON.parse(text)), ended }
}

function expectRecorded(times: number): void {
  expect(server.spans.size).toBe(2 * times)
  const inner = [...server.spans.values()].filter(({ name }) => name === 'inner')
  for (const { attributes } of inner) {
    expect(attributes).toMatchObject({
      'mlflow.spanInputs': JSON.stringify({ text: 'é "quoted"\n' }),
      'mlflow.spanOutputs': '[1,2,3]',
    })
  }
  const runs = [...server.runs.values()].map(({ status, metrics }) => [status, metrics.size])
  expect(runs).toEqual(Array.from({ length: times }, () => ['FINISHED', 1]))
}

describe.each([
  { runtime: 'Node', command: [process.execPath], module: 'esm/index.js', isThere: true },
  { runtime: 'Node, CommonJS', command: [process.execPath], module: 'cjs/index.js', isThere: true },
  {
    runtime: 'Node, in a realm of its own',
    command: [process.execPath],
    module: 'own-realm.mjs',
    isThere: true,
  },
  { runtime: 'Bun', command: [bin('bun'), 'run'], module: 'esm/index.js', isThere: existsSync(bin('bun')) },
  {
    runtime: 'Deno',
    command: [bin('deno'), 'run', '--allow-all', '--no-prompt', '--node-modules-dir=manual'],
    module: 'esm/index.js',
    isThere: existsSync(bin('deno')),
  },
])('the built client in $runtime', ({ command, module, isThere }) => {
  const delivered = { nested: true, delivered: { spans: 2 }, ended: 0 }

  it.skipIf(!isThere)('delivers what it is asked to flush, with the journal too', async () => {
    expect(await recordIn(command, module, 'flush')).toMatchObject(delivered)
    expectRecorded(1)
    expect(await recordIn(command, module, 'flush', join(directory, 'spill'))).toMatchObject(delivered)
    expectRecorded(2)
  })

  it.skipIf(!isThere)('delivers when the process has nothing left to do, and on a signal', async () => {
    expect(await recordIn(command, module, 'exit')).toMatchObject({ nested: true, ended: 0 })
    expectRecorded(1)
    expect(await recordIn(command, module, 'signal')).toMatchObject({ nested: true, ended: 'SIGTERM' })
    expectRecorded(2)
  })
})

describe.skipIf(!isWorkerdInstalled)('the edge entry in workerd', () => {
  let workers: Workers | null = null

  afterEach(async () => {
    await workers?.stop()
    workers = null
  })

  /** Starts a worker; gives what asks it. */
  async function start(worker: string, compatibility?: object): Promise<(path: string) => Promise<unknown>> {
    const started = await Workers.start(worker, installed, server.uri, compatibility)
    workers = started
    return (path) => started.ask(path)
  }

  const several = <T>(times: number, make: (index: number) => T) =>
    Array.from({ length: times }, (_, i) => make(i))

  async function expectAllDelivered(times: number): Promise<void> {
    const finished = () => [...server.runs.values()].filter((run) => run.status === 'FINISHED').length
    await expect
      .poll(() => [finished(), server.spans.size, server.traces.size])
      .toEqual([times, 2 * times, times])
    expectRecorded(times)
    const runs = [...server.traces.values()].map((trace) =>
      z.object({ 'mlflow.sourceRun': z.string() }).parse(trace.trace_metadata),
    )
    expect(new Set(runs.map((metadata) => metadata['mlflow.sourceRun'])).size).toBe(times)
    for (const span of server.spans.values()) {
      expect(Math.abs(Number(span.startTimeUnixNano) / 1e6 - Date.now())).toBeLessThan(600_000)
    }
  }

  it('delivers after each answer, with a client for each request', async () => {
    const ask = await start('worker.mjs')
    expect(await Promise.all(several(4, () => ask('/')))).toEqual(several(4, () => ({ nested: true })))
    await expectAllDelivered(4)
  })

  it('delivers what requests record that share a client, each thing once', async () => {
    const ask = await start('shared-worker.mjs')
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(several(25, (index) => ask(`/${round}-${index}`)))
      expect(answers).toEqual(several(25, () => ({ nested: true })))
    }
    await expectAllDelivered(75)
    await expect.poll(() => ask('/flushing')).toBe(0)
    expect(server.endedArrivals).toHaveLength(150)
  })

  it('has operations of several requests that share a client under way at once', async () => {
    const ask = await start('shared-worker.mjs')
    await ask('/first')
    await expectAllDelivered(1)
    const held = Promise.withResolvers<void>()
    const manyAtOnce = Promise.withResolvers<void>()
    let creating = 0
    server.behave = ({ path }) => {
      if (!path.endsWith('/runs/create')) return { kind: 'answer' }
      creating++
      if (creating === 13) manyAtOnce.resolve()
      return { kind: 'answer', when: creating === 1 ? held.promise : manyAtOnce.promise }
    }
    await ask('/0')
    await expect.poll(() => creating).toBe(1)
    await Promise.all(several(24, (index) => ask(`/${index + 1}`)))
    held.resolve()
    await expectAllDelivered(26)
    await expect.poll(() => ask('/flushing')).toBe(0)
    expect(server.endedArrivals).toHaveLength(52)
  })

  it('delivers what requests record that share a client, as workerd was in 2023 and without nodejs_compat', async () => {
    const ask = await start('shared-worker.mjs', { compatibilityDate: '2023-06-01' })
    await Promise.all(several(25, (index) => ask(`/${index}`)))
    await expectAllDelivered(25)
    await expect.poll(() => ask('/flushing')).toBe(0)
    expect(server.endedArrivals).toHaveLength(50)
  })

  it('delivers what requests record that share a client, through trouble', async () => {
    let failures = 4
    server.behave = () => (failures-- > 0 ? { kind: 'status', status: 503 } : { kind: 'answer' })
    const ask = await start('shared-worker.mjs')
    await Promise.all(several(25, (index) => ask(`/${index}`)))
    await expectAllDelivered(25)
    await expect.poll(() => ask('/flushing')).toBe(0)
    expect(server.endedArrivals).toHaveLength(50)
  })

  it('delivers by the next requests what one was sending that was ended', async () => {
    const isAsked = Promise.withResolvers<void>()
    let silences = 1
    server.behave = ({ path }) => {
      if (path === '/in-the-middle') return { kind: 'answer', when: isAsked.promise }
      if (path !== '/v1/traces' || silences-- <= 0) return { kind: 'answer' }
      isAsked.resolve()
      return { kind: 'silence' }
    }
    const ask = await start('shared-worker.mjs')
    await ask('/forgetful')
    expect(server.spans.size).toBe(0)
    await Promise.all(several(10, (index) => ask(`/${index}`)))
    await expectAllDelivered(11)
    await expect.poll(() => ask('/flushing')).toBe(0)
    expect(server.endedArrivals).toHaveLength(22)
  })
})
