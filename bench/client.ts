/**
 * What tracing costs the application, beside the clients of others, in one run:
 *
 *     npm run bench:client [-- --rounds 25 --only 'voxtrace;no-op' --tasks span,turn,first,cpu,allocation,delay,burst]
 *
 * Each client runs in a process of its own, all against one receiver in another, and only one of them works at a time:
 * the clients alternate within each round, and medians with the 10th and 90th percentile of the rounds are printed.
 * `undisturbed` are those of the rounds in which the system took the processor away from a client at no time. Rounds of
 * warming up go before, as many for every client; what a process pays before that is `first`, measured in new processes.
 * The clients of others are installed from npm into a directory of their own first (VOXTRACE_BENCH_PEERS).
 * `--own` leaves them out. What is recorded is described in `client/turn.ts`.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { printSizes } from './client/size.ts'
import { subjects } from './client/subjects.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    only: { type: 'string' },
    tasks: { type: 'string' },
    own: { type: 'boolean', default: false },
  },
})

const peers = process.env.VOXTRACE_BENCH_PEERS ?? join(tmpdir(), 'voxtrace-bench-peers')

interface Measure {
  /** How often a round does it. */
  times: number
  /** Rounds before those that count, in which code is compiled and the heap grows. */
  warmUp: number
  /** Default: as many as are asked for. */
  rounds?: number
  /** Whether each round is the first of a process. */
  fresh?: boolean
  title: string
}

const tasks: Record<string, Measure> = {
  span: { times: 2000, warmUp: 25, title: 'a span, caller' },
  turn: { times: 100, warmUp: 25, title: 'a turn, caller' },
  first: { times: 100, warmUp: 0, rounds: 7, fresh: true, title: 'each of the first 100 turns, caller' },
  cpu: { times: 200, warmUp: 8, rounds: 9, title: 'a turn, all processor time with sending' },
  allocation: { times: 1000, warmUp: 2, rounds: 9, title: 'a span, allocated' },
  delay: { times: 200, warmUp: 1, rounds: 5, title: 'event loop at 200 turns/s, ms' },
  burst: { times: 100_000, warmUp: 0, rounds: 1, title: 'burst of 100,000 spans' },
}

/** A client that takes longer for a round is left out of what follows. */
const longestRoundMs = 60_000

function path(name: string): string {
  return fileURLToPath(new URL(`client/${name}.ts`, import.meta.url))
}

/** Installs the clients of others, in the versions that `client/peers/package.json` names, unless they are there. */
function installPeers(): void {
  const wanted = readFileSync(new URL('client/peers/package.json', import.meta.url), 'utf8')
  const manifest = join(peers, 'package.json')
  const isInstalled = existsSync(join(peers, 'node_modules', '.package-lock.json'))
  if (isInstalled && readFileSync(manifest, 'utf8') === wanted) return
  mkdirSync(peers, { recursive: true })
  writeFileSync(manifest, wanted)
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['install', ...quiet], { cwd: peers, stdio: 'inherit' })
}

function answerOf<T>(child: ChildProcess, shape: z.ZodType<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`It ended with ${code}.`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(shape.parse(message))
    })
  })
}

const figuresShape = z.record(z.string(), z.number())

async function start(name: string, url: string): Promise<ChildProcess | null> {
  const child = fork(path('measured'), [name, peers, url], {
    execArgv: [...process.execArgv, '--expose-gc', '--max-semi-space-size=32'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  try {
    await answerOf(child, z.string())
    return child
  } catch (error) {
    console.log(
      `${name}: left out, it does not start here (${error instanceof Error ? error.message : error})`,
    )
    return null
  }
}

/** Rejects when the client ends, and ends a client that gives no answer in time. */
async function ask(child: ChildProcess, task: string, times: number): Promise<Record<string, number>> {
  const answer = answerOf(child, figuresShape)
  child.send({ task, times })
  const tooLong = setTimeout(() => child.kill('SIGKILL'), longestRoundMs)
  return answer.finally(() => clearTimeout(tooLong))
}

/** Asks a process that has done nothing before. */
async function askNew(
  name: string,
  url: string,
  task: string,
  times: number,
): Promise<Record<string, number>> {
  const child = await start(name, url)
  if (child === null) return {}
  const found = await ask(child, task, times)
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
  return found
}

/** How many spans came since it was asked last. */
async function countReceived(receiver: ChildProcess): Promise<number> {
  const answer = answerOf(receiver, z.object({ spans: z.number() }))
  receiver.send('count')
  return (await answer).spans
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN).toPrecision(3)
  return sorted.length === 1 ? at(0.5) : `${at(0.5)} (${at(0.1)} to ${at(0.9)})`
}

async function main(): Promise<void> {
  const rounds = Number(values.rounds)
  const wanted =
    values.only?.split(';') ?? Object.keys(subjects).filter((name) => !values.own || /vox|no-op/.test(name))
  if (wanted.some((name) => !/vox|no-op/.test(name))) installPeers()
  console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`)
  const receiver = fork(path('receiver'), { execArgv: process.execArgv })
  const { url } = await answerOf(receiver, z.object({ url: z.string() }))
  const running = new Map<string, ChildProcess>()
  for (const name of wanted) {
    const child = await start(name, url)
    if (child !== null) running.set(name, child)
  }
  for (const task of values.tasks?.split(',') ?? Object.keys(tasks)) {
    const measure = tasks[task]
    if (measure === undefined) continue
    const figures = new Map<string, Map<string, number[]>>()
    const counted = measure.rounds ?? rounds
    for (let round = -measure.warmUp; round < counted; round++) {
      for (const [name, child] of running) {
        const asked = measure.fresh ? askNew(name, url, task, measure.times) : ask(child, task, measure.times)
        const found = await asked.catch((error: Error) => error)
        if (found instanceof Error) {
          console.log(`${name}: left out of "${measure.title}" and what follows: ${found.message}`)
          running.delete(name)
          continue
        }
        if (task === 'burst') found.delivered = await countReceived(receiver)
        if (round < 0) continue
        const kept = figures.get(name) ?? new Map<string, number[]>()
        figures.set(name, kept)
        for (const [key, value] of Object.entries(found)) kept.set(key, [...(kept.get(key) ?? []), value])
      }
      await countReceived(receiver)
    }
    const before = measure.fresh ? 'each in a new process' : `after ${measure.warmUp} of warming up`
    console.log(`\n${measure.title} (${counted} rounds of ${measure.times}, ${before})`)
    for (const [name, kept] of figures) {
      const line = [...kept].map(([key, found]) => `${key} ${spread(found)}`).join('   ')
      console.log(`  ${name.padEnd(32)} ${line}`)
    }
  }
  for (const child of [receiver, ...running.values()]) child.disconnect()
  await printSizes()
}

await main()
