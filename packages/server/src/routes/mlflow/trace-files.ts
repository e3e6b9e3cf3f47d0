import { text as textOf } from 'node:stream/consumers'
import { type Log, traceTags } from '@voxtrace/model'
import { type DecodedSpans, mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type ArtifactStorage, checkedPath } from '../../artifacts/artifact-storage.ts'
import { largestBodyBytes } from '../../bodies.ts'
import { sendBytes, sendFile } from './send-file.ts'

interface Context {
  store: Store
  artifacts: ArtifactStorage
  log: Log
}

const traceFile = /^(\d+)\/traces\/tr-([0-9a-f]{32})\/artifacts\/traces\.json$/

const ofTrace = z.object({ request_id: z.string().min(1), path: z.string().optional() })

/** MLflow's TypeScript SDK sends the spans of a trace as a file only; they are recorded like those that come by OTLP. */
export async function recordTraceFile(path: string, { store, artifacts, log }: Context): Promise<void> {
  const [, experimentId, traceId] = traceFile.exec(path) ?? []
  if (experimentId === undefined || traceId === undefined) return
  const file = await artifacts.read(path)
  if (file === null) return
  if (file.size > largestBodyBytes) {
    file.content.destroy()
    log.warn('an uploaded trace file is too large to be read', { path, bytes: file.size })
    return
  }
  let decoded: DecodedSpans
  try {
    decoded = mlflow.decodeTraceFile(await textOf(file.content), traceId)
  } catch (error) {
    log.warn('an uploaded trace file cannot be read', { path, reason: String(error) })
    return
  }
  await store.spans.record({ experimentId, spans: decoded.spans })
}

/**
 * The spans of traces as MLflow's web app and TypeScript SDK download them: `traces.json`, made of the spans in the
 * store, also for traces of which no such file was ever uploaded; and files attached to traces.
 */
export function traceFileRoutes(app: FastifyInstance, { store, artifacts }: Context): void {
  for (const version of ['2.0', '3.0']) {
    app.get(`/ajax-api/${version}/mlflow/get-trace-artifact`, async (request, reply) => {
      const { request_id, path } = mlflow.readRequest(ofTrace, request.query)
      const { tags } = await store.traces.get(request_id)
      if (path !== undefined) {
        const root = tags[traceTags.artifactLocation]?.replace(/^mlflow-artifacts:\/+/, '') ?? ''
        return sendFile(artifacts, `${root}/attachments/${checkedPath(path)}`, reply)
      }
      const content = mlflow.encodeTraceFile(await store.spans.ofTrace(request_id))
      return sendBytes('traces.json', { size: Buffer.byteLength(content), content }, reply)
    })
  }
}

/** The `traces.json` at a path of the storage, made of the spans in the store; null when it names no trace with spans. */
export async function storedTraceFile(path: string, store: Store): Promise<string | null> {
  const traceId = traceFile.exec(path)?.[2]
  if (traceId === undefined) return null
  const spans = await store.spans.ofTrace(`tr-${traceId}`)
  return spans.length === 0 ? null : mlflow.encodeTraceFile(spans)
}
