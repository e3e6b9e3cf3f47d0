import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { type DecodedSpans, mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { largestBodyBytes } from '../../bodies.ts'
import { runIdOf } from './runs.ts'

interface Context {
  store: Store
  artifactDirectory: string
  log: Log
}

const rest = z.object({ '*': z.string() })

/** Files that clients upload: those of runs and of traces. */
export function artifactRoutes(app: FastifyInstance, { store, artifactDirectory, log }: Context): void {
  // Files go to disk as they arrive, whatever their type and size.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  for (const prefix of ['/api', '/ajax-api']) {
    const files = `${prefix}/2.0/mlflow-artifacts/artifacts/*`

    app.put(files, async (request) => {
      const name = mlflow.readRequest(rest, request.params)['*']
      const path = placeOf(artifactDirectory, name)
      await save(path, request.body instanceof Readable ? request.body : Readable.from([]))
      await recordTraceFile(name, path, store, log)
      return {}
    })

    app.get(files, async (request, reply) => {
      const path = placeOf(artifactDirectory, mlflow.readRequest(rest, request.params)['*'])
      const found = await stat(path).catch(() => null)
      if (found === null || !found.isFile()) {
        throw new VoxtraceError('RESOURCE_DOES_NOT_EXIST', `There is no artifact at ${request.url}.`)
      }
      return reply
        .type('application/octet-stream')
        .header('content-length', found.size)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(basename(path))}`)
        .header('x-content-type-options', 'nosniff')
        .send(createReadStream(path))
    })

    app.get(`${prefix}/2.0/mlflow-artifacts/artifacts`, async (request) => {
      const { path = '' } = mlflow.readRequest(mlflow.artifactPath, request.query)
      return { files: await listed(artifactDirectory, path) }
    })

    app.get(`${prefix}/2.0/mlflow/artifacts/list`, async (request) => {
      const query = mlflow.readRequest(mlflow.listArtifacts, request.query)
      const run = await store.runs.get(runIdOf(query))
      const root = run.info.artifactUri.replace(/^mlflow-artifacts:\/+/, '')
      const files = root.includes(':')
        ? []
        : await listed(artifactDirectory, [root, query.path ?? []].flat().join('/'))
      const below = query.path === undefined ? '' : `${query.path.replace(/\/$/, '')}/`
      return {
        root_uri: run.info.artifactUri,
        files: files.map((file) => ({ ...file, path: below + file.path })),
      }
    })
  }
}

/** Where a file of the given path stands. @throws VoxtraceError when the path leads out of the directory */
function placeOf(directory: string, path: string): string {
  const parts = path.split('/')
  const place = resolve(directory, ...parts)
  const strays =
    path === '' ||
    path.includes('\0') ||
    path.includes('\\') ||
    parts.some((part) => ['', '.', '..'].includes(part))
  if (strays || !place.startsWith(resolve(directory) + sep)) {
    throw new VoxtraceError('INVALID_PARAMETER_VALUE', 'Invalid path')
  }
  return place
}

const traceFile = /^(\d+)\/traces\/tr-[0-9a-f]{32}\/artifacts\/traces\.json$/

/** MLflow's TypeScript SDK sends the spans of a trace as a file only; they are recorded like those that come by OTLP. */
async function recordTraceFile(name: string, path: string, store: Store, log: Log): Promise<void> {
  const experimentId = traceFile.exec(name)?.[1]
  if (experimentId === undefined || (await stat(path)).size > largestBodyBytes) return
  let decoded: DecodedSpans
  try {
    decoded = mlflow.decodeTraceFile(await readFile(path, 'utf8'))
  } catch (error) {
    log.warn('an uploaded trace file cannot be read', { name, reason: String(error) })
    return
  }
  await store.spans.record({ experimentId, spans: decoded.spans })
}

interface ListedFile {
  path: string
  is_dir: boolean
  file_size?: number
}

/** The files of a directory by their names; none when it does not exist. */
async function listed(directory: string, path: string): Promise<ListedFile[]> {
  const place = path === '' ? directory : placeOf(directory, path.replace(/\/$/, ''))
  const entries = await readdir(place, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
      return []
    throw error
  })
  const shown = entries
    .filter((entry) => !entry.name.endsWith('.part'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return Promise.all(
    shown.map(async (entry): Promise<ListedFile> => {
      if (entry.isDirectory()) return { path: entry.name, is_dir: true }
      return { path: entry.name, is_dir: false, file_size: (await stat(join(place, entry.name))).size }
    }),
  )
}

/** Writes beside the place and renames, so that no reader sees half a file and one cut off leaves nothing. */
async function save(path: string, content: Readable): Promise<void> {
  const draft = join(dirname(path), `.${randomUUID()}.part`)
  try {
    await mkdir(dirname(path), { recursive: true })
    await pipeline(content, createWriteStream(draft))
    const file = await open(draft)
    await file.sync()
    await file.close()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new VoxtraceError('TEMPORARILY_UNAVAILABLE', 'The disk is full; the file was not stored.', {
        cause: error,
      })
    }
    throw error
  }
}
