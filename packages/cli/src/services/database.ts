import type { Log } from '@voxtrace/model'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from '@voxtrace/store/embedded'
import type { DataDirectory } from '../data-directory.ts'
import type { SettingValues } from '../settings/definitions.ts'
import { UserError } from '../user-error.ts'
import type { RunningService } from './run-service.ts'

/** Runs the embedded PostgreSQL as a service of its own, so that it outlives a restart of any other. */
export async function runDatabase(directory: DataDirectory, log: Log): Promise<RunningService> {
  const database = await startEmbeddedPostgres({ directory: directory.database, log })
  return {
    details: { databaseUrl: database.databaseUrl },
    close: () => database.stop(),
    failed: database.failed,
  }
}

export interface OpenedDatabase {
  databaseUrl: string
  close(): Promise<void>
  failed?: Promise<never>
}

/** The database of a service that runs alone: the one in the settings, else the embedded one, started when it is not running. */
export async function openDatabase(
  values: SettingValues,
  directory: DataDirectory,
  log: Log,
): Promise<OpenedDatabase> {
  if (values.databaseUrl) return { databaseUrl: values.databaseUrl, close: async () => undefined }
  const running = await attachEmbeddedPostgres({ directory: directory.database })
  if (running) return { databaseUrl: running, close: async () => undefined }
  const started = await startEmbeddedPostgres({ directory: directory.database, log })
  return { databaseUrl: started.databaseUrl, close: () => started.stop(), failed: started.failed }
}

/** The database of a judge that runs alone: it works on what a server keeps, so it starts none. */
export async function findDatabase(values: SettingValues, directory: DataDirectory): Promise<string> {
  const databaseUrl = values.databaseUrl ?? (await attachEmbeddedPostgres({ directory: directory.database }))
  if (databaseUrl) return databaseUrl
  throw new UserError(
    `No database to work on: none is set, and none runs in ${directory.root}.`,
    'Start `voxtrace server` on this data directory first, or name the database of your server with --database-url.',
  )
}
