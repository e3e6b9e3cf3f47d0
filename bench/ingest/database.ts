import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@voxtrace/model'
import { startEmbeddedPostgres } from '@voxtrace/store'
import pg from 'pg'

const quiet: Log = { debug() {}, info() {}, warn: console.warn, error: console.error }

/** A PostgreSQL for one measurement: the given one, or the embedded one on an empty directory. */
export interface BenchDatabase {
  /** Makes an empty database on it and gives its URL. */
  create(name: string): Promise<string>
  /** The process that started all others of it; null for one that was given. */
  pid: number | null
  stop(): Promise<void>
}

export async function startBenchDatabase(adminUrl: string | undefined): Promise<BenchDatabase> {
  if (adminUrl !== undefined) return onServer(adminUrl, null, async () => {})
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-bench-'))
  const postgres = await startEmbeddedPostgres({ directory, log: quiet })
  const pidFile = await readFile(join(directory, 'cluster', 'data', 'postmaster.pid'), 'utf8')
  return onServer(postgres.databaseUrl, Number.parseInt(pidFile, 10), async () => {
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  })
}

function onServer(adminUrl: string, pid: number | null, stop: () => Promise<void>): BenchDatabase {
  return {
    pid,
    stop,
    create: async (name) => {
      await query(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await query(adminUrl, `CREATE DATABASE ${name}`)
      const url = new URL(adminUrl)
      url.pathname = `/${name}`
      return url.href
    },
  }
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  text: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query<Row>(text, parameters)).rows
  } finally {
    await client.end()
  }
}
