import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Log } from '@voxtrace/model'
import { startServer } from '@voxtrace/server'
import type { DataDirectory } from '../data-directory.ts'
import { defaultBotPort, defaultPort } from '../settings/defaults.ts'
import type { SettingValues } from '../settings/definitions.ts'
import { version } from '../version.ts'
import { openDatabase } from './database.ts'
import type { RunningService } from './run-service.ts'

/** Starts the tracking server, with an embedded database when none is set. */
export async function runServer(
  values: SettingValues,
  directory: DataDirectory,
  log: Log,
): Promise<RunningService> {
  const database = await openDatabase(values, directory, log)
  try {
    const server = await startServer({
      host: values.host ?? '127.0.0.1',
      port: values.port ?? defaultPort,
      databaseUrl: database.databaseUrl,
      artifactDirectory: directory.artifacts,
      webDirectory: webDirectory(),
      botUrl: values.botUrl ?? `http://127.0.0.1:${defaultBotPort}`,
      version,
      log,
    })
    return {
      details: { url: server.url },
      async close() {
        await server.close()
        await database.close()
      },
      ...(database.failed ? { failed: database.failed } : {}),
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Where the built web app stands, or null when it was not built. */
function webDirectory(): string | null {
  const packageFile = createRequire(import.meta.url).resolve('@voxtrace/web/package.json')
  const directory = join(dirname(packageFile), 'dist')
  return existsSync(join(directory, 'index.html')) ? directory : null
}
