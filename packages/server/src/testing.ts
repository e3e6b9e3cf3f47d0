import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, silentLog } from '@voxtrace/store/testing'
import { startServer } from './server.ts'

/** A tracking server of a test's own, on a fresh database. */
export interface TrackingServer {
  url: string
  databaseUrl: string
  /** Runs a statement on its database, for what no store would do. */
  runStatement(statement: string): Promise<void>
  get(path: string, init?: RequestInit): Promise<Response>
  /** What is neither text nor bytes goes out as JSON. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** A directory that goes with the server, which keeps its files in `artifacts` in it. */
  directory: string
  stop(): Promise<void>
}

export async function startTrackingServer(
  options: { sessionQuietMs?: number; clientPackage?: string } = {},
): Promise<TrackingServer> {
  const database = await createTestDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-test-server-'))
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl: database.databaseUrl,
    artifactDirectory: join(directory, 'artifacts'),
    webDirectory: null,
    botUrl: null,
    version: 'test',
    log: silentLog,
    ...options,
  })
  const get = (path: string, init?: RequestInit) => fetch(server.url + path, init)
  return {
    url: server.url,
    databaseUrl: database.databaseUrl,
    runStatement: database.run,
    get,
    post: (path, body, headers = {}) =>
      get(path, {
        method: 'POST',
        body:
          body instanceof Uint8Array
            ? Buffer.from(body)
            : typeof body === 'string'
              ? body
              : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    directory,
    async stop() {
      await server.close()
      await database.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The JSON of an answer, of whatever shape. */
export async function jsonFrom(answer: Response) {
  return JSON.parse(await answer.text())
}
