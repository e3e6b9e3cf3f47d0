import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, silentLog } from '@voxtrace/store/testing'
import { startServer } from './server.ts'

/** A tracking server of a test's own, on a fresh database. */
export interface TrackingServer {
  url: string
  databaseUrl: string
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
  return {
    url: server.url,
    databaseUrl: database.databaseUrl,
    directory,
    async stop() {
      await server.close()
      await database.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
