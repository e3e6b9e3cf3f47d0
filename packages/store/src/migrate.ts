import { readdir, readFile } from 'node:fs/promises'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { sql } from 'kysely'
import pg from 'pg'
import { type Connection, connectionSettings, type Database } from './database.ts'
import { sqlState } from './database-errors.ts'

const migrationsDirectory = new URL('../src/migrations/', import.meta.url)
const oldestVersion = 14
/** Any fixed number, the same in every version of Voxtrace. */
const lockNumber = 7_238_146_325

/** Runs `work` while no other process prepares the same database. */
export async function whileAlone<Result>(
  database: Database,
  work: (transaction: Connection) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (transaction) => {
    await transaction.rows(sql`SELECT pg_advisory_xact_lock(${lockNumber}::bigint)`)
    return work(transaction)
  })
}

/**
 * Brings the schema up to date. Several servers may do so at once: one works, the others wait and find it done.
 *
 * @throws VoxtraceError when the schema is newer than this program
 */
export async function migrate(database: Database, log: Log): Promise<void> {
  const migrations = await readMigrations()
  await whileAlone(database, async (transaction) => {
    await transaction.text(`CREATE TABLE IF NOT EXISTS schema_migrations (
      version integer PRIMARY KEY,
      name    text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`)
    const applied = await transaction.rows(
      sql<{ version: number; name: string }>`SELECT version, name FROM schema_migrations ORDER BY version`,
    )
    const known = new Set(migrations.map((migration) => migration.version))
    const unknown = applied.find((step) => !known.has(step.version))
    if (unknown !== undefined) {
      throw new VoxtraceError(
        'INTERNAL_ERROR',
        `The database was made by a newer Voxtrace (its schema has step ${unknown.version} "${unknown.name}", which this program does not know). Start that newer version, or use another database.`,
      )
    }
    const done = new Set(applied.map((step) => step.version))
    const missing = migrations.filter(({ version }) => !done.has(version))
    for (const migration of missing) {
      await apply(transaction, migration)
      log.debug('database schema step done', { step: migration.version, name: migration.name })
    }
    if (missing.length > 0) log.info('database schema brought up to date', { steps: missing.length })
  })
}

interface Migration {
  version: number
  name: string
  text: string
}

/** Migrations in the order of their numbers, which may have gaps: families of tables have ranges of their own. */
async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(migrationsDirectory)).filter((file) => file.endsWith('.sql')).sort()
  const migrations = await Promise.all(
    files.map(async (file) => {
      const [, number, name] = /^(\d{4})_(\w+)\.sql$/.exec(file) ?? []
      if (name === undefined) throw new Error(`Migration ${file} is not named like 0001_name.sql`)
      return {
        version: Number(number),
        name,
        text: await readFile(new URL(file, migrationsDirectory), 'utf8'),
      }
    }),
  )
  const twice = migrations.find(({ version }, index) => version === migrations[index + 1]?.version)
  if (twice !== undefined) throw new Error(`Two migrations have the number ${twice.version}`)
  return migrations
}

async function apply(transaction: Connection, migration: Migration): Promise<void> {
  await transaction.text(migration.text)
  await transaction.rows(
    sql`INSERT INTO schema_migrations (version, name) VALUES (${migration.version}, ${migration.name})`,
  )
}

/**
 * Connects once, so that what is wrong with the address, the credentials or the version is said at start. Gives the
 * version of PostgreSQL, such as `18.1`.
 *
 * @throws VoxtraceError with one sentence that names host and database, never the password
 */
export async function checkDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ ...connectionSettings(databaseUrl), connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  const place = describe(databaseUrl)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; name: string }>(
      `SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS name`,
    )
    if (Math.floor(Number(rows[0]?.version) / 10_000) < oldestVersion) {
      throw new VoxtraceError(
        'INTERNAL_ERROR',
        `PostgreSQL at ${place} is version ${rows[0]?.name}; Voxtrace needs ${oldestVersion} or later.`,
      )
    }
    return rows[0]?.name ?? ''
  } catch (error) {
    throw connectError(place, error)
  } finally {
    await client.end()
  }
}

function connectError(place: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof VoxtraceError) return error
  const code = sqlState(error) ?? ''
  const options = { cause: error }
  if (['28P01', '28000'].includes(code)) {
    return new VoxtraceError(
      'UNAUTHENTICATED',
      `PostgreSQL at ${place} refused the user or password (${error.message}). Correct them in --database-url.`,
      options,
    )
  }
  if (code === '3D000') {
    return new VoxtraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `PostgreSQL at ${place} has no such database. Create it first (createdb), or correct --database-url.`,
      options,
    )
  }
  return new VoxtraceError(
    'TEMPORARILY_UNAVAILABLE',
    `PostgreSQL at ${place} cannot be reached (${error.message || code}). Check that it runs and that --database-url is right.`,
    options,
  )
}

function describe(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  return `${url.host || url.searchParams.get('host') || 'localhost'}${url.pathname}`
}
