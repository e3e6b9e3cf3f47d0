import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '@voxtrace/server'
import { createTestDatabase, silentLog } from '@voxtrace/store/testing'

/** A tracking server of a test's own, on a fresh database. */
export interface TrackingServer {
  url: string
  /** An empty directory that goes with the server. */
  directory: string
  stop(): Promise<void>
}

export async function startTrackingServer(): Promise<TrackingServer> {
  const database = await createTestDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-conformance-'))
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    databaseUrl: database.databaseUrl,
    artifactDirectory: directory,
    webDirectory: null,
    botUrl: null,
    version: 'test',
    log: silentLog,
  })
  return {
    url: server.url,
    directory,
    async stop() {
      await server.close()
      await database.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
