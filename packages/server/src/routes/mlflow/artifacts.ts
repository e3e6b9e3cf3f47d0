import { Readable } from 'node:stream'
import { type Log, VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type ArtifactStorage, checkedPath } from '../../artifacts/artifact-storage.ts'
import { proxiedFile, proxiedFiles } from './proxied-files.ts'
import { runIdOf } from './runs.ts'
import { sendBytes, sendFile } from './send-file.ts'
import { recordTraceFile, storedTraceFile } from './trace-files.ts'

interface Context {
  store: Store
  artifacts: ArtifactStorage
  log: Log
}

const rest = z.object({ '*': z.string() })
const runFile = z.object({ run_id: z.string().optional(), run_uuid: z.string().optional(), path: z.string() })
const multipartSteps = ['create', 'complete', 'abort']

/** What a browser may send in one upload (MLflow's limit). */
const largestBrowserUpload = 10 * 1024 * 1024

/** Files that clients upload: those of runs and of traces. */
export function artifactRoutes(app: FastifyInstance, context: Context): void {
  const { store, artifacts } = context
  // Files are stored as they arrive, whatever their type and size.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  for (const prefix of ['/api', '/ajax-api']) {
    const proxy = `${prefix}/2.0/mlflow-artifacts`
    const pathOf = (request: { params: unknown }) => mlflow.readRequest(rest, request.params)['*']

    app.put(`${proxy}/artifacts/*`, async (request) => {
      const path = checkedPath(pathOf(request))
      await artifacts.write(path, request.body instanceof Readable ? request.body : Readable.from([]))
      await recordTraceFile(path, context)
      return {}
    })

    app.get(`${proxy}/artifacts/*`, async (request, reply) => {
      const path = checkedPath(pathOf(request))
      const found = await artifacts.read(path)
      if (found !== null) return sendBytes(path, found, reply)
      const spans = await storedTraceFile(path, store)
      return spans === null
        ? sendFile(artifacts, path, reply)
        : sendBytes(path, { size: Buffer.byteLength(spans), content: spans }, reply)
    })

    app.delete(`${proxy}/artifacts/*`, async (request) => {
      await artifacts.remove(checkedPath(pathOf(request)))
      return {}
    })

    app.get(`${proxy}/artifacts`, async (request) => {
      const { path = '' } = mlflow.readRequest(mlflow.artifactPath, request.query)
      return { files: await artifacts.list(path.replace(/\/$/, '')) }
    })

    for (const step of multipartSteps) {
      app.post(`${proxy}/mpu/${step}/*`, () => {
        throw notImplemented('Multipart upload')
      })
    }
    app.get(`${proxy}/presigned/*`, () => {
      throw notImplemented('Download by presigned URL')
    })
    for (const direction of ['upload', 'download']) {
      app.post(`${prefix}/2.0/mlflow/artifacts/presigned-${direction}-url`, () => {
        throw notImplemented(`A presigned ${direction} URL`)
      })
    }

    app.get(`${prefix}/2.0/mlflow/artifacts/list`, async (request) => {
      const query = mlflow.readRequest(mlflow.listArtifacts, request.query)
      const { artifactUri } = (await store.runs.get(runIdOf(query))).info
      return { root_uri: artifactUri, files: await proxiedFiles(artifacts, artifactUri, query.path) }
    })
  }

  app.get('/get-artifact', async (request, reply) => {
    const query = mlflow.readRequest(runFile, request.query)
    return sendFile(artifacts, await runPath(store, runIdOf(query), query.path), reply)
  })

  app.post('/ajax-api/2.0/mlflow/upload-artifact', async (request) => {
    const query = mlflow.readRequest(runFile, request.query)
    if (Number(request.headers['content-length'] ?? 0) > largestBrowserUpload) {
      throw new VoxtraceError('INVALID_PARAMETER_VALUE', 'Artifact size is too large. Max size is 10MB.')
    }
    const body = request.body instanceof Readable ? request.body : Readable.from([])
    await artifacts.write(await runPath(store, runIdOf(query), query.path), body)
    return {}
  })
}

async function runPath(store: Store, runId: string, path: string): Promise<string> {
  return proxiedFile((await store.runs.get(runId)).info.artifactUri, path)
}

function notImplemented(what: string): VoxtraceError {
  return new VoxtraceError(
    'NOT_IMPLEMENTED',
    `${what} is not supported by this server. Send and read files through mlflow-artifacts/artifacts.`,
  )
}
