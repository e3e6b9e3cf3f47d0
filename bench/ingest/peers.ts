import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { query } from './database.ts'
import type { Target } from './otlp-load.ts'

/** Another tracking server, started on the same PostgreSQL. */
export interface Peer {
  name: string
  target: Target
  /** How many spans it has stored. */
  count(): Promise<number>
  stop(): Promise<void>
}

/** MLflow's server as `pip install mlflow psycopg2-binary` gives it. `python` is the interpreter that has it. */
export async function startMlflow(python: string, databaseUrl: string): Promise<Peer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const version = await outputOf(python, ['-c', 'import mlflow; print(mlflow.__version__)'])
  const running = await start(
    python,
    // One worker is as our server has one process; MLflow's default is four.
    ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'].concat([
      '--backend-store-uri',
      databaseUrl.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:'),
    ]),
    {},
    `${url}/health`,
  )
  return {
    name: `MLflow ${version}`,
    target: { url: `${url}/v1/traces`, headers: { 'x-mlflow-experiment-id': '0' } },
    count: () => countRows(databaseUrl, 'spans'),
    stop: running.stop,
  }
}

/** Arize Phoenix as `pip install "arize-phoenix[pg]"` gives it. */
export async function startPhoenix(python: string, databaseUrl: string): Promise<Peer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const version = await outputOf(python, ['-c', 'import phoenix; print(phoenix.__version__)'])
  const running = await start(
    python,
    ['-m', 'phoenix.server.main', 'serve'],
    {
      PHOENIX_SQL_DATABASE_URL: databaseUrl.replace(/^postgres:/, 'postgresql:'),
      PHOENIX_HOST: '127.0.0.1',
      PHOENIX_PORT: String(port),
      PHOENIX_GRPC_PORT: String(await freePort()),
      PHOENIX_TELEMETRY_ENABLED: 'false',
    },
    `${url}/healthz`,
  )
  return {
    name: `Arize Phoenix ${version}`,
    target: { url: `${url}/v1/traces`, headers: {} },
    count: () => countRows(databaseUrl, 'spans'),
    stop: running.stop,
  }
}

async function countRows(databaseUrl: string, table: string): Promise<number> {
  const [row] = await query<{ count: string }>(databaseUrl, `SELECT count(*) FROM ${table}`)
  return Number(row?.count ?? 0)
}

const longestStartMs = 180_000

async function start(
  command: string,
  args: string[],
  environment: Record<string, string>,
  healthUrl: string,
): Promise<{ stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-bench-peer-'))
  const child = spawn(command, args, {
    cwd: directory,
    env: { ...process.env, HOME: directory, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-4000)
  })
  const until = performance.now() + longestStartMs
  for (;;) {
    const answer = await fetch(healthUrl).catch(() => null)
    if (answer?.ok === true) break
    if (child.exitCode !== null || performance.now() > until) {
      await stop(child, directory)
      throw new Error(`${command} ${args.join(' ')} does not answer:\n${said}`)
    }
    await sleep(500)
  }
  return { stop: () => stop(child, directory) }
}

/** Ends a peer with the workers that it started, which share its process group. */
async function stop(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.pid !== undefined) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    process.kill(-child.pid, 'SIGKILL')
    await ended
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
}

async function outputOf(command: string, args: string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  return output.trim().split('\n').at(-1) ?? ''
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
