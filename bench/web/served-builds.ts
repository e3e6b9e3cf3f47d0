import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '@voxtrace/server'
import { startBenchDatabase } from '../ingest/database.ts'

/** A build of the web app, and where it is served. */
interface ServedBuild {
  web: string
  url: string
}

export interface ServedBuilds {
  /** Of any of their servers, which share a database. */
  url: string
  builds: ServedBuild[]
  close(): Promise<void>
}

/** Serves several builds of the web app over one database; the repository's own where none is named. */
export async function serveBuilds(
  database: string,
  directories = [join(import.meta.dirname, '..', '..', 'packages', 'web', 'dist')],
): Promise<ServedBuilds> {
  const postgres = await startBenchDatabase(undefined)
  const artifactDirectory = await mkdtemp(join(tmpdir(), 'voxtrace-bench-artifacts-'))
  const databaseUrl = await postgres.create(database)
  const servers: (ServedBuild & { close(): Promise<void> })[] = []
  for (const webDirectory of directories) {
    const server = await startServer({
      host: '127.0.0.1',
      port: 0,
      databaseUrl,
      artifactDirectory,
      webDirectory,
      botUrl: null,
      version: '0.0.0',
      log: { debug() {}, info() {}, warn: console.warn, error: console.error },
    })
    servers.push({ web: webDirectory, url: server.url, close: () => server.close() })
  }
  return {
    url: servers[0]?.url ?? '',
    builds: servers,
    async close() {
      for (const { close } of servers) await close()
      await postgres.stop()
      await rm(artifactDirectory, { recursive: true, force: true })
    },
  }
}
