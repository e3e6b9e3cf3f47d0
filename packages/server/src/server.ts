import { hostname } from 'node:os'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { openStore, type Store } from '@voxtrace/store'
import { createApp } from './app.ts'
import { artifactDirectory } from './artifacts/artifact-directory.ts'
import { type S3Bucket, s3Storage } from './artifacts/s3-bucket.ts'
import { isLoopback, type OriginRules } from './origin.ts'
import { LiveReaders } from './routes/live.ts'
import { SoundThread } from './sound/sound-thread.ts'
import { Waveforms } from './sound/waveforms.ts'

export interface ServerOptions extends OriginRules {
  /** 0 takes any free one. */
  port: number
  databaseUrl: string
  /** How long the database may take to answer before it counts as away; 30 seconds unless given. */
  longestAnswerMs?: number
  /** How long a session of traces that each hold one turn must be quiet until it is judged; 2 minutes unless given. */
  sessionQuietMs?: number | undefined
  /** Where uploaded files are kept. */
  artifactDirectory: string
  /** A bucket to keep uploaded files in instead of the directory. */
  artifactBucket?: S3Bucket
  /** The built web app; null answers a page that says there is none. */
  webDirectory: string | null
  /** The packed tracing client, to be installed from here; none is handed out unless given. */
  clientPackage?: string
  /** Where the voice bot listens, such as http://127.0.0.1:5001; null when there is none. */
  botUrl: string | null
  version: string
  log: Log
}

export interface Server {
  /** The address to open, such as http://127.0.0.1:5000. */
  url: string
  /** Answers what is under way, then ends. Idempotent. */
  close(): Promise<void>
}

const reportEveryMs = 10_000
/** A recording waits so long after its last byte for its trace. */
const traceMayComeForMs = 7 * 24 * 3_600_000
const sweepEveryMs = 3_600_000

/** What is still being answered so long after the server was told to stop is broken off, so that all else ends in order. */
const longestAnswerMs = 4_000

/**
 * Starts the tracking server; resolves when it listens.
 *
 * @throws VoxtraceError with one sentence when the database cannot be used or the port is taken
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { log, host, version } = options
  const store = await openStore(options)
  const readers = new LiveReaders(store)
  const waveforms = new Waveforms(store, new SoundThread(), log)
  const artifacts =
    options.artifactBucket === undefined
      ? artifactDirectory(options.artifactDirectory)
      : s3Storage(options.artifactBucket)
  const app = createApp({
    ...options,
    store,
    readers,
    artifacts,
    waveforms,
  })
  try {
    await app.listen({ host, port: options.port }).catch((error: unknown) => {
      throw listenError(error, host, options.port)
    })
  } catch (error) {
    await app.close()
    await store.close()
    throw error
  }
  if (!isLoopback(host)) {
    log.warn(
      'the server can be reached by other machines and asks nobody who they are: put something in front of it that does',
      { host },
    )
  }
  const url = urlOf(host, app.server.address(), options.port)
  const instance = `${hostname()}/${process.pid}`
  const report = () =>
    store.services
      .report({ service: 'server', instance, details: { version, url } })
      .catch((error: unknown) => log.warn('the server could not report itself', { reason: String(error) }))
  await report()
  const counting = store.dashboards.keep()
  const timer = setInterval(report, reportEveryMs)
  const sweep = () =>
    store.recordings
      .deleteWithoutTrace(traceMayComeForMs)
      .then((count) => count > 0 && log.info('deleted recordings whose trace never came', { count }))
      .catch((error: unknown) => log.warn('recordings could not be swept', { reason: String(error) }))
  const sweeping = setInterval(sweep, sweepEveryMs)
  const swept = sweep()
  let closing: Promise<void> | undefined
  return {
    url,
    close: () => {
      closing ??= (async () => {
        clearInterval(timer)
        clearInterval(sweeping)
        await swept
        readers.close()
        const force = setTimeout(() => app.server.closeAllConnections(), longestAnswerMs)
        await app.close()
        clearTimeout(force)
        await waveforms.close()
        await counting.stop()
        await leave(store, instance, log)
        await store.close()
      })()
      return closing
    },
  }
}

async function leave(store: Store, instance: string, log: Log): Promise<void> {
  await store.services
    .leave('server', instance)
    .catch((error: unknown) => log.debug('the database was away at the end', { reason: String(error) }))
}

function urlOf(
  host: string,
  address: ReturnType<ReturnType<typeof createApp>['server']['address']>,
  port: number,
): string {
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${bound}`
}

function listenError(error: unknown, host: string, port: number): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is taken by another program. Stop it, or choose another with --port.`,
    EACCES: `Port ${port} may not be used by this user. Choose one above 1023 with --port.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Choose another with --host.`,
    ENOTFOUND: `The host name ${host} is not known. Choose another with --host.`,
  }
  const reason = reasons[String(error.code)]
  return reason === undefined ? error : new VoxtraceError('TEMPORARILY_UNAVAILABLE', reason, { cause: error })
}
