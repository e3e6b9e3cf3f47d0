import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from './embedded/embedded.ts'
import { findPostmaster } from './embedded/postmaster.ts'
import { openStore } from './store.ts'
import { silentLog } from './testing.ts'

/**
 * Vitest's global setup: one PostgreSQL for the whole run, and in it a migrated database from which `createTestDatabase`
 * copies.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.VOXTRACE_TEST_DATABASE_URL
  const server = given === undefined ? await embedded() : { adminUrl: given, stop: async () => {} }
  const template = `template_${randomUUID().replaceAll('-', '')}`
  await administer(server.adminUrl, `CREATE DATABASE ${template}`)
  const url = new URL(server.adminUrl)
  url.pathname = `/${template}`
  const store = await openStore({ databaseUrl: url.href, log: silentLog })
  await store.close()
  // What failed is delivered again after a second and not after two, so that tests wait less.
  await administer(url.href, 'UPDATE pgboss.queue SET retry_delay = 1')
  const citus = (await loadedLibraries(server.adminUrl)).includes('citus')
  project.provide('voxtraceTestDatabase', { adminUrl: server.adminUrl, template, citus })
  return async () => {
    await administer(server.adminUrl, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
    await server.stop()
  }
}

async function embedded(): Promise<{ adminUrl: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'voxtrace-test-postgres-'))
  const postgres = await startEmbeddedPostgres({ directory, log: silentLog })
  const running = await findPostmaster(join(directory, 'cluster', 'data'))
  // The run may end without its teardown (Ctrl-C); the database, a process of its own, would stay.
  const stopAtExit = () => {
    if (running !== null) process.kill(running.pid, 'SIGQUIT')
  }
  process.once('exit', stopAtExit)
  return {
    adminUrl: postgres.databaseUrl,
    stop: async () => {
      process.off('exit', stopAtExit)
      await postgres.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function loadedLibraries(adminUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ libraries: string }>(
      "SELECT current_setting('shared_preload_libraries') AS libraries",
    )
    return rows[0]?.libraries ?? ''
  } finally {
    await client.end()
  }
}

async function administer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
