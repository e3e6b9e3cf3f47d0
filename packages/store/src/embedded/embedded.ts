import { spawn } from 'node:child_process'
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, VoxtraceError } from '@voxtrace/model'
import pg from 'pg'
import { type Account, chooseAccount } from './account.ts'
import { isErrno, locateBinaries, type PostgresBinaries } from './binaries.ts'
import {
  type ClusterPaths,
  clusterPaths,
  databaseName,
  directoryError,
  makeCluster,
  makeDirectories,
  readOrMakePassword,
  readPassword,
} from './cluster.ts'
import { claim, isClaimed, whileLocked } from './ownership.ts'
import {
  findPostmaster,
  hasExited,
  isAlive,
  type Postmaster,
  pidFileIsMisleading,
  waitForExit,
} from './postmaster.ts'
import { serverSettings } from './settings.ts'

export interface EmbeddedPostgres {
  databaseUrl: string
  /** Rejects when the database ends without having been stopped from here. */
  failed: Promise<never>
  /** Stops the database if this process started it or took it over. Idempotent; loses nothing. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Everything of the database stands in here; made if absent. */
  directory: string
  log: Log
  /** The user that runs PostgreSQL where we are root; default `nobody`. */
  runAs?: string
}

/**
 * Starts the embedded PostgreSQL of a directory, on the loopback interface only, or joins the one that already
 * runs there. One whose starter was killed is taken over: `stop` then stops it. One whose starter lives is shared,
 * and only its starter stops it.
 *
 * @throws VoxtraceError with one sentence for: no binaries for this machine, a directory that cannot be written or
 * reached, a full disk, a database of another PostgreSQL version, a start that fails
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log } = options
  const paths = clusterPaths(resolve(options.directory))
  await makeDirectories(paths)
  const binaries = await locateBinaries()
  return whileLocked(paths.lock, async () => {
    const password = await readOrMakePassword(paths)
    const running = await joinRunning(paths, password)
    if (running !== null) {
      const { pid, databaseUrl } = running
      if (await isClaimed(paths.owner)) {
        log.debug('joined the running database', { pid })
        return { databaseUrl, ...watched(pid, async () => {}) }
      }
      await claim(paths.owner)
      log.info('took over the database that a killed process left running', { pid })
      return { databaseUrl, ...watched(pid, stopper(paths, pid)) }
    }
    const account = await chooseAccount(paths.cluster, binaries, options.runAs)
    await makeCluster(paths, binaries, account, password)
    if (await pidFileIsMisleading(paths.data)) await rm(join(paths.data, 'postmaster.pid'), { force: true })
    return launch(paths, binaries, account, password, log)
  })
}

/** The URL of the database that runs in a directory, or null when none does. It is never stopped from here. */
export async function attachEmbeddedPostgres(options: { directory: string }): Promise<string | null> {
  const paths = clusterPaths(resolve(options.directory))
  const password = await readPassword(paths)
  return password === null ? null : ((await joinRunning(paths, password))?.databaseUrl ?? null)
}

interface Running {
  pid: number
  databaseUrl: string
}

async function joinRunning(paths: ClusterPaths, password: string): Promise<Running | null> {
  const postmaster = await findPostmaster(paths.data)
  return postmaster === null ? null : connectWhenReady(paths, password, () => isAlive(postmaster.pid))
}

const startAttempts = 3

async function launch(
  paths: ClusterPaths,
  binaries: PostgresBinaries,
  account: Account,
  password: string,
  log: Log,
): Promise<EmbeddedPostgres> {
  let reason = ''
  for (let attempt = 1; attempt <= startAttempts; attempt++) {
    const port = await choosePort(paths)
    const logFile = await openLog(paths)
    const from = (await logFile.stat()).size
    const command = account.command(binaries.postgres, [
      '-D',
      paths.data,
      ...serverSettings(port, paths.cluster),
    ])
    const child = spawn(command.file, command.parameters, {
      cwd: '/',
      // A session of its own: Ctrl-C in the terminal reaches the services, which then stop the database last.
      detached: true,
      stdio: ['ignore', logFile.fd, logFile.fd],
      env: { ...process.env, LC_ALL: 'C' },
      ...account.credentials,
    })
    child.unref()
    const failure = new Promise<string>((settle) => {
      child.once('error', (error) => settle(error.message))
      child.once('exit', (code, signal) => settle(`it ended with ${signal ?? `code ${code}`}`))
    })
    await logFile.close()
    const started = await Promise.race([
      connectWhenReady(paths, password, () => child.exitCode === null && child.signalCode === null),
      failure.then(() => null),
    ]).catch((error: unknown) => {
      child.kill('SIGINT')
      throw error
    })
    if (started !== null) {
      await claim(paths.owner)
      log.debug('database started', { pid: started.pid, port })
      return { databaseUrl: started.databaseUrl, ...watched(started.pid, stopper(paths, started.pid)) }
    }
    reason = (await lastComplaint(paths, from)) ?? (await failure)
    if (/No space left on device/.test(reason)) throw directoryError(paths.directory, noSpaceError())
    await sleep(attempt * 500)
  }
  throw new VoxtraceError(
    'INTERNAL_ERROR',
    `The embedded PostgreSQL in ${paths.directory} did not start: ${reason}. Its log is ${paths.log}.`,
  )
}

/**
 * Waits until the database answers (it may be recovering from a crash) and makes sure it is the one of this
 * directory. Null when it ends before it answers.
 */
async function connectWhenReady(
  paths: ClusterPaths,
  password: string,
  alive: () => boolean,
): Promise<Running | null> {
  const deadline = Date.now() + 300_000
  let last: unknown
  while (alive() && Date.now() < deadline) {
    const postmaster = await findPostmaster(paths.data)
    if (postmaster !== null && postmaster.port > 0) {
      try {
        await makeDatabase(paths, postmaster.port, password)
        // By now it has told where its local sockets are.
        const ready = (await findPostmaster(paths.data)) ?? postmaster
        return { pid: ready.pid, databaseUrl: databaseUrl(ready, password, databaseName) }
      } catch (error) {
        if (error instanceof VoxtraceError) throw error
        last = error
      }
    }
    await sleep(20)
  }
  if (!alive()) return null
  throw new VoxtraceError(
    'TEMPORARILY_UNAVAILABLE',
    `The embedded PostgreSQL in ${paths.directory} does not answer: ${last instanceof Error ? last.message : 'it is not ready'}. Its log is ${paths.log}.`,
    { cause: last },
  )
}

async function makeDatabase(paths: ClusterPaths, port: number, password: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl({ port, socketDirectory: '' }, password, 'postgres'),
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ directory: string; present: boolean }>(
      `SELECT current_setting('data_directory') AS directory,
              EXISTS (SELECT FROM pg_database WHERE datname = $1) AS present`,
      [databaseName],
    )
    if (rows[0]?.directory !== paths.data) throw new Error(`port ${port} belongs to another database`)
    if (!rows[0].present) await client.query(`CREATE DATABASE ${databaseName}`)
  } catch (error) {
    if (sqlState(error) === '28P01') {
      throw new VoxtraceError(
        'PERMISSION_DENIED',
        `The password in ${paths.password} is not the database's. Restore that file, or choose another data directory.`,
      )
    }
    throw error
  } finally {
    await client.end()
  }
}

const watchIntervalMs = 250

/** Looks at the process itself, since one that was taken over is no child of ours. */
function watched(pid: number, stop: () => Promise<void>): Pick<EmbeddedPostgres, 'failed' | 'stop'> {
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const timer = setInterval(async () => {
    if (!(await hasExited(pid))) return
    clearInterval(timer)
    failed.reject(new VoxtraceError('INTERNAL_ERROR', `The embedded PostgreSQL (process ${pid}) has ended.`))
  }, watchIntervalMs)
  timer.unref()
  return {
    failed: failed.promise,
    stop() {
      clearInterval(timer)
      return stop()
    },
  }
}

function stopper(paths: ClusterPaths, pid: number): () => Promise<void> {
  let stopping: Promise<void> | undefined
  const stop = async () => {
    if ((await findPostmaster(paths.data))?.pid === pid) {
      signal(pid, 'SIGINT')
      if (!(await waitForExit(pid, 30_000))) {
        // Immediate shutdown: committed data is in the write-ahead log and is recovered at the next start.
        signal(pid, 'SIGQUIT')
        await waitForExit(pid, 10_000)
      }
    }
    await rm(paths.owner, { force: true })
  }
  return () => {
    stopping ??= stop()
    return stopping
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}

/** The port of the last start while it is free, so that URLs stay; else a free one. */
async function choosePort(paths: ClusterPaths): Promise<number> {
  const remembered = Number(await readFile(paths.port, 'utf8').catch(() => ''))
  const port =
    Number.isInteger(remembered) && remembered > 0 && (await tryPort(remembered)) !== null
      ? remembered
      : await tryPort(0)
  if (port === null)
    throw new VoxtraceError('INTERNAL_ERROR', 'No free TCP port on 127.0.0.1 for the database.')
  await writeFile(paths.port, String(port), { mode: 0o600 })
  return port
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((settle) => {
    const server = createServer()
    server.once('error', () => settle(null))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => settle(typeof address === 'object' && address !== null ? address.port : null))
    })
  })
}

const largestLogBytes = 4 * 1024 * 1024

async function openLog(paths: ClusterPaths) {
  const size = await stat(paths.log).then(
    (found) => found.size,
    () => 0,
  )
  if (size > largestLogBytes) await rename(paths.log, `${paths.log}.1`)
  return open(paths.log, 'a', 0o600)
}

async function lastComplaint(paths: ClusterPaths, from: number): Promise<string | null> {
  const text = (await readFile(paths.log)).subarray(from).toString()
  const complaints = [
    ...text.matchAll(/(?:FATAL|PANIC|ERROR|LOG: +could not[^:]*):\s*(.*)|error while loading.*/g),
  ]
  const last = complaints.at(-1)
  if (last !== undefined) return last[1] ?? last[0]
  return text.trim() === '' ? null : (text.trim().split('\n').at(-1) ?? null)
}

function noSpaceError(): Error {
  return Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
}

/** Names the port, for whoever cannot use local sockets, and the directory of the socket, which is preferred. */
function databaseUrl(
  { port, socketDirectory }: Pick<Postmaster, 'port' | 'socketDirectory'>,
  password: string,
  database: string,
): string {
  const socket = socketDirectory === '' ? '' : `?host=${encodeURIComponent(socketDirectory)}`
  return `postgresql://${databaseName}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}${socket}`
}

function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
