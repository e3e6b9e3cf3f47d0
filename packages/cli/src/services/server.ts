import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Log } from '@voxtrace/model'
import { type S3Bucket, startServer } from '@voxtrace/server'
import type { DataDirectory } from '../data-directory.ts'
import { defaultBotPort, defaultPort } from '../settings/defaults.ts'
import type { SettingValues } from '../settings/definitions.ts'
import { UserError } from '../user-error.ts'
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
      allowedHosts: values.allowedHosts ?? [],
      allowedOrigins: values.allowedOrigins ?? [],
      databaseUrl: database.databaseUrl,
      sessionQuietMs: values.sessionQuietMs,
      artifactDirectory: directory.artifacts,
      ...artifactBucket(values),
      webDirectory: webDirectory(),
      ...clientPackage(),
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

/** The bucket that the settings name, if any. @throws UserError when its key is not set */
function artifactBucket(values: SettingValues): { artifactBucket?: S3Bucket } {
  if (values.artifactBucket === undefined) return {}
  const { s3AccessKeyId, s3SecretAccessKey, s3Region: region = 'us-east-1' } = values
  if (s3AccessKeyId === undefined || s3SecretAccessKey === undefined) {
    throw new UserError(
      `The bucket ${values.artifactBucket} needs a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    )
  }
  const [bucket = '', ...prefix] = values.artifactBucket.slice('s3://'.length).split('/')
  return {
    artifactBucket: {
      bucket,
      prefix: prefix.filter((part) => part !== '').join('/'),
      endpoint: values.s3Endpoint ?? `https://s3.${region}.amazonaws.com`,
      region,
      credentials: { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey },
    },
  }
}

/** Where the built web app stands, or null when it was not built. */
function webDirectory(): string | null {
  const packageFile = createRequire(import.meta.url).resolve('@voxtrace/web/package.json')
  const directory = join(dirname(packageFile), 'dist')
  return existsSync(join(directory, 'index.html')) ? directory : null
}

/** The tracing client as the build packed it, of this version. */
function clientPackage(): { clientPackage?: string } {
  const file = join(import.meta.dirname, '..', '..', 'dist', 'voxtrace-client.tgz')
  return existsSync(file) ? { clientPackage: file } : {}
}
