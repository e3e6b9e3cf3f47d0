import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { startServer } from '@voxtrace/server'

const quiet: Log = { debug() {}, info() {}, warn() {}, error: console.error }

export interface OwnServer {
  url: string
  pid: number
  stop(): Promise<void>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
}

/** Starts the tracking server in a process of its own, as `voxtrace up` does; `profileTo` records its processor profile. */
export async function startOwnServer(databaseUrl: string, profileTo?: string): Promise<OwnServer> {
  const profiling = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`]
  const child = fork(fileURLToPath(import.meta.url), [databaseUrl], {
    execArgv: ['--conditions=@voxtrace/source', '--max-semi-space-size=16', ...profiling],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(String(message)))
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  return { url, pid: child.pid ?? 0, stop: () => stop(child), kill: () => kill(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.disconnect()
  await ended
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await ended
}

async function serve(databaseUrl: string): Promise<void> {
  const artifacts = await mkdtemp(join(tmpdir(), 'voxtrace-bench-artifacts-'))
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl,
    artifactDirectory: artifacts,
    webDirectory: null,
    botUrl: null,
    version: '0.0.0',
    log: quiet,
  }).catch((error: unknown) => {
    throw error instanceof VoxtraceError ? new Error(error.message) : error
  })
  process.once('disconnect', async () => {
    await server.close()
    await rm(artifacts, { recursive: true, force: true })
    process.exit()
  })
  process.send?.(server.url)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(process.argv[2] ?? '')
