import { randomUUID } from 'node:crypto'
import type { Log } from '@voxtrace/model'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { afterAll, inject } from 'vitest'
import { openStore, type Store } from './store.ts'

export { openStallingProxy, type StallingProxy } from './stalling-proxy.ts'
export { testSpan, testTurn } from './test-spans.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * A PostgreSQL for tests and the migrated database that test databases are copied from; `citus` says whether it can
     * spread tables over machines.
     */
    voxtraceTestDatabase: { adminUrl: string; template: string; citus: boolean }
  }
}

/** The tables that grow with traces, which Citus spreads by `trace_id`. */
export const tablesOfTraces = [
  'traces',
  'spans',
  'turns',
  'assessments',
  'trace_runs',
  'counted_traces',
  'recordings',
  'recording_parts',
  'recording_envelopes',
  'recording_cues',
]

/** A log that keeps still. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

export interface TestDatabase {
  databaseUrl: string
  /** Runs a statement, for what no store would do. */
  run(statement: string): Promise<void>
  /** Removes the database, whoever is still connected to it. */
  drop(): Promise<void>
}

/**
 * Makes a database of its own for a test file, already migrated, on the PostgreSQL that the whole test run shares
 * (embedded, or that of `VOXTRACE_TEST_DATABASE_URL`, whose user must be allowed to create databases). On a server that has
 * loaded Citus the tables that grow with traces are spread.
 *
 *     const database = await createTestDatabase()
 *     const store = await openStore({ databaseUrl: database.databaseUrl, log: silentLog })
 *     afterAll(async () => { await store.close(); await database.drop() })
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, template, citus } = inject('voxtraceTestDatabase')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  if (citus) await administer(url.href, spreading)
  return {
    databaseUrl: url.href,
    run: (statement) => administer(url.href, statement),
    drop: () => administer(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** Hands the jobs of workers that were killed to others now; the stores of a database do so every ten seconds. */
export async function takeFromKilled(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({ connectionString: databaseUrl, schedule: false, monitorIntervalSeconds: 1 })
  await boss.start()
  try {
    await boss.supervise()
  } finally {
    await boss.stop()
  }
}

/** A store on a test database of its own; `close` also removes the database. */
export async function createTestStore(): Promise<{
  store: Store
  databaseUrl: string
  close(): Promise<void>
}> {
  const database = await createTestDatabase()
  const store = await openStore({ databaseUrl: database.databaseUrl, log: silentLog })
  return {
    store,
    databaseUrl: database.databaseUrl,
    close: async () => {
      await store.close()
      await database.drop()
    },
  }
}

/** A store on a test database of its own for the tests of a file, after which both go. */
export async function storeOfFile(): Promise<{ store: Store; databaseUrl: string }> {
  const { close, ...opened } = await createTestStore()
  afterAll(close)
  return opened
}

const spreading = [
  'CREATE EXTENSION citus',
  "SELECT citus_set_coordinator_host('localhost', current_setting('port')::int)",
  "SELECT citus_set_node_property('localhost', current_setting('port')::int, 'shouldhaveshards', true)",
  'SET citus.shard_count = 4',
  ...tablesOfTraces.map(
    (table) =>
      `SELECT create_distributed_table('${table}', 'trace_id'${table === 'traces' ? '' : ", colocate_with => 'traces'"})`,
  ),
].join(';')

async function administer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
